/** The text of --help, generated from the settings. */
import { settings, variableOf } from './settings.ts';
import type { Setting } from './setting.ts';

const WIDTH = 100;
const INDENT = '        ';

export function helpText(): string {
  return `Keytender copies AWS secrets into Kubernetes Secrets and keeps them up to date.

Usage:
  keytender controller [flags]     run the operator
  keytender --help | --version

Each flag can also be set by an environment variable; the flag takes precedence. Durations are Go durations: 500ms, 90s, 1h30m.

Flags:
${Object.values(settings).map(describe).join('\n')}
  -h, --help
${INDENT}Print this text.
  --version
${INDENT}Print the version.

Other environment variables:
  KUBECONFIG
${wrap('The kubeconfig of the cluster, if the operator runs outside a cluster.')}
  AWS_REGION, AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_ROLE_ARN, …
${wrap("The variables of the AWS SDK: the operator's own identity, and the endpoints.")}
`;
}

function describe({ flag, placeholder, fallback, help }: Setting<unknown>): string {
  const value = placeholder === undefined ? '[=true|false]' : ` <${placeholder}>`;
  const standard = fallback === '' ? '' : ` Default: ${fallback}.`;
  return `  --${flag}${value}\n${wrap(`${help}${standard}`)}\n${INDENT}${variableOf(flag)}`;
}

function wrap(text: string): string {
  const lines: string[] = [];
  let line = INDENT.trimEnd();
  for (const word of text.split(' ')) {
    const longer = line === '' ? `${INDENT}${word}` : `${line} ${word}`;
    if (longer.length > WIDTH && line !== '') {
      lines.push(line);
      line = `${INDENT}${word}`;
    } else line = longer;
  }
  return [...lines, line].join('\n');
}
