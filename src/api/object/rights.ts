/** A permission that a controller needs. The rules of the chart are generated from these. Pure data. */
export interface Right {
  /** namespaced: bound in each namespace that the operator serves; cluster: always bound for the whole cluster. */
  readonly scope: 'namespaced' | 'cluster';
  /** Empty for the core group. */
  readonly apiGroup: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** The purpose of the permission: a comment in the chart. */
  readonly why: string;
  /** Condition of the chart's template without which the rule is left out: `.Values.restart.enabled`. */
  readonly when?: string;
}
