/** What annotations and labels of a source ask for, as the reader understands them. */

/** ignored: no workload is restarted for it. matched: workloads that search are. unselected: the label selector of the installation leaves it out. */
export const sourceMarks = ['ignored', 'matched', 'unselected'] as const;

export type SourceMark = (typeof sourceMarks)[number];
