/** What is written into one cell of a markdown table: the bar would end the cell, and a line break the row. Pure. */

/** A plain text. Markdown would take its backslashes as escapes. */
export function textCell(text: string): string {
  return withoutBars(text.replaceAll('\\', '\\\\'));
}

/** A text in code font, in which markdown takes nothing but the bar as special. */
export function codeCell(text: string): string {
  return withoutBars(`\`${text}\``);
}

function withoutBars(markdown: string): string {
  return markdown.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ');
}
