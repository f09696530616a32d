// The facts about one source file for the architecture rules, from its syntax tree (TypeScript 7 has no compiler API; swc is installed for
// Jest).
import { parseSync } from '@swc/core';

export interface Import {
  /** As written: './x.ts', 'node:fs', '@scope/name/part'. */
  readonly specifier: string;
  /** Erased at run time as a whole. */
  readonly typeOnly: boolean;
}

export interface SourceModule {
  /** From the root of the repository, with slashes: src/base/time/clock.ts. */
  readonly path: string;
  readonly imports: readonly Import[];
  /** Names of methods that are called on something: `reveal` for `value.reveal()`. */
  readonly calledMethods: ReadonlySet<string>;
  /** Texts in quotes and in templates, without those of imports. */
  readonly literals: readonly string[];
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string };

interface Findings {
  readonly imports: Import[];
  readonly calledMethods: Set<string>;
  readonly literals: string[];
}

/** Throws when the text is not TypeScript. */
export function sourceModule(path: string, text: string): SourceModule {
  const findings: Findings = { imports: [], calledMethods: new Set(), literals: [] };
  visit(parseSync(text, { syntax: 'typescript', target: 'es2024', decorators: true }), findings);
  return { path, ...findings };
}

function visit(value: unknown, findings: Findings): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, findings);
  } else if (isNode(value)) {
    note(value, findings);
    for (const [key, child] of Object.entries(value)) if (key !== 'source') visit(child, findings);
  } else if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) visit(child, findings);
  }
}

function note(node: Node, findings: Findings): void {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      noteImport(node['source'], node['typeOnly'] === true, findings);
      break;
    case 'TsImportType':
      noteImport(node['argument'], true, findings);
      break;
    case 'CallExpression':
      noteCall(node, findings);
      break;
    case 'StringLiteral':
      findings.literals.push(String(node['value']));
      break;
    case 'TemplateElement':
      findings.literals.push(String(node['raw']));
      break;
    default:
  }
}

function noteCall(node: Node, findings: Findings): void {
  const callee = node['callee'];
  if (!isNode(callee)) return;
  if (callee.type === 'Import') {
    const [first] = node['arguments'] as readonly { readonly expression: unknown }[];
    noteImport(first?.expression, false, findings);
  }
  const member = callee.type === 'MemberExpression' ? callee : chained(callee);
  const property = member?.['property'];
  if (isNode(property) && property.type === 'Identifier') findings.calledMethods.add(String(property['value']));
}

/** `value?.reveal()` keeps its member one level down. */
function chained(callee: Node): Node | undefined {
  const base = callee.type === 'OptionalChainingExpression' ? callee['base'] : undefined;
  return isNode(base) && base.type === 'MemberExpression' ? base : undefined;
}

function noteImport(source: unknown, typeOnly: boolean, findings: Findings): void {
  if (source === null || source === undefined) return;
  const known = isNode(source) && source.type === 'StringLiteral';
  findings.imports.push({ specifier: known ? String(source['value']) : '(computed)', typeOnly });
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
