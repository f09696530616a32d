// The templates of the queue of change events: validated by their own tools, and both make the same.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { parseDocument } from 'yaml';
import { decide, parsePolicy } from '../../support/aws/iam/policy.ts';
import { providePython } from '../../support/python-environment.ts';

const FOLDER = fileURLToPath(new URL('../../../deploy/aws/events', import.meta.url));
const CLOUDFORMATION = join(FOLDER, 'cloudformation.yaml');
const TERRAFORM = join(FOLDER, 'terraform');
const LINTERS = ['cfn-lint==1.58.0', 'python-hcl2==8.1.4'];
const run = promisify(execFile);

// Where pip cannot provide the linters, their opinion is missing and nothing else.
const linters = await providePython('template-linters-1', LINTERS);
if ('missing' in linters) process.stderr.write(`skipped: ${LINTERS.join(' and ')}, which pip cannot provide (${linters.missing})\n`);
const withLinters = 'missing' in linters ? it.skip : it;
const python = 'bin' in linters ? join(linters.bin, 'python') : '';

const terraform = await initialised();
if ('missing' in terraform) process.stderr.write(`skipped: terraform validate (${terraform.missing})\n`);
const withTerraform = 'missing' in terraform ? it.skip : it;

/** A copy of the module whose providers are there, or the reason why there is none. A folder of providers may be named, as for `terraform init`. */
async function initialised(): Promise<{ readonly folder: string } | { readonly missing: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'keytender-terraform-'));
  const plugins = process.env['TERRAFORM_PLUGIN_DIR'];
  const options = plugins === undefined ? [] : [`-plugin-dir=${plugins}`];
  try {
    await cp(TERRAFORM, folder, { recursive: true });
    await run('terraform', ['init', '-backend=false', '-input=false', '-no-color', ...options], { cwd: folder, timeout: 60_000 });
    return { folder };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    const { code } = error as { readonly code?: unknown };
    return { missing: code === 'ENOENT' ? 'there is no terraform' : 'terraform cannot have its provider for AWS' };
  }
}

describe('the template of change events', () => {
  withLinters(
    'for CloudFormation pleases cfn-lint',
    async () => {
      expect(
        (await run(python, ['-c', 'from cfnlint.runner import main; main()', '--include-checks', 'I', '--', CLOUDFORMATION])).stdout,
      ).toBe('');
    },
    120_000,
  );

  withLinters('for Terraform is HCL, and makes what the other makes', async () => {
    const script = 'import hcl2, json, sys; print(json.dumps(hcl2.load(open(sys.argv[1]))))';
    const { stdout } = await run(python, ['-c', script, join(TERRAFORM, 'main.tf')]);
    const types = new Set([...stdout.matchAll(/"\\?"?(aws_[a-z_]+)\\?"?"/g)].map(([, type = '']) => type));
    expect([...types]).toEqual(
      expect.arrayContaining([
        'aws_sqs_queue',
        'aws_sqs_queue_policy',
        'aws_cloudwatch_event_rule',
        'aws_cloudwatch_event_target',
        'aws_cloudwatch_metric_alarm',
        'aws_iam_policy',
      ]),
    );
  });

  withTerraform(
    'for Terraform is valid',
    async () => {
      const folder = 'folder' in terraform ? terraform.folder : '';
      try {
        const { stdout } = await run('terraform', ['validate', '-no-color'], { cwd: folder, timeout: 120_000 });
        expect(stdout).toContain('The configuration is valid');
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    150_000,
  );

  it('lets the role read the queue and nobody else send to it', async () => {
    const resources = await cloudFormationResources();
    const read = parsePolicy(JSON.stringify(resources['ReadPolicy']?.Properties['PolicyDocument']));
    const may = (action: string) => decide([read], { action, resource: 'Events.Arn', context: new Map() });
    expect(
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:SendMessage', 'sqs:PurgeQueue'].map(may),
    ).toEqual(['allow', 'allow', 'allow', 'none', 'none']);
    expect(JSON.stringify(resources['QueuePolicy']?.Properties['PolicyDocument'])).toContain('"ArnEquals":{"aws:SourceArn":"Rule.Arn"}');
    for (const name of ['Events', 'DeadLetters']) expect(resources[name]?.Properties['SqsManagedSseEnabled']).toBe(true);
    expect(resources['Events']?.Properties['RedrivePolicy']).toEqual({ deadLetterTargetArn: 'DeadLetters.Arn', maxReceiveCount: 50 });
  });

  it('tells a topic of dead letters, where one is given', async () => {
    const alarm = (await cloudFormationResources())['DeadLettersAlarm'];
    expect(alarm?.Condition).toBe('HasAlarmTopic');
    expect(alarm?.Properties['Dimensions']).toEqual([{ Name: 'QueueName', Value: 'DeadLetters.QueueName' }]);
    const terraformText = await readFile(join(TERRAFORM, 'main.tf'), 'utf8');
    for (const name of ['Namespace', 'MetricName', 'Statistic', 'ComparisonOperator', 'TreatMissingData', 'AlarmDescription']) {
      expect(terraformText).toContain(` = "${String(alarm?.Properties[name])}"`);
    }
    expect(terraformText).toMatch(/count += var\.alarm_topic_arn == null \? 0 : 1/);
  });

  it('is the same rule for both, and the one that the parser knows', async () => {
    const pattern = (await cloudFormationResources())['Rule']?.Properties['EventPattern'];
    expect(pattern).toEqual({
      source: ['aws.secretsmanager', 'aws.ssm'],
      'detail-type': ['Secret Label Updated', 'Parameter Store Change'],
    });
    const terraformText = await readFile(join(TERRAFORM, 'main.tf'), 'utf8');
    for (const text of Object.values(pattern as Record<string, readonly string[]>))
      expect(terraformText).toContain(JSON.stringify(text).replace(',', ', '));
    const lengths = [1_209_600, 345_600, 300, 20, 60, 50].map(String);
    const cloudFormationText = await readFile(CLOUDFORMATION, 'utf8');
    for (const text of [terraformText, cloudFormationText])
      for (const length of lengths) expect(text).toMatch(new RegExp(`\\b${length}\\b`));
  });
});

interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}
type Resources = Readonly<Record<string, Resource | undefined>>;

/** With `!Ref` and `!GetAtt` as the plain text of what they name. */
async function cloudFormationResources(): Promise<Resources> {
  const document = parseDocument(await readFile(CLOUDFORMATION, 'utf8'), { logLevel: 'silent' });
  expect(document.errors).toEqual([]);
  return (document.toJS() as { readonly Resources: Resources }).Resources;
}
