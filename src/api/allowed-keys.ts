/** Which remote keys may be read through a store, as its specification says it. What the patterns mean is in resolve/key-pattern.ts. */
import { z } from 'zod';
import { rules } from './cel.ts';
import { limits } from './schema-parts.ts';

const keyPattern = z
  .string()
  .min(1)
  .max(256)
  .regex(/^(?:[A-Za-z0-9/_+=.@!:*?-]|\$\{namespace\})+$/);

export const allowedKeysField = rules(
  z
    .array(keyPattern)
    .min(1)
    .max(limits.allowedKeys)
    .describe(
      'Keys that may be read through the store; without it all that its identity may read. As in IAM policies "*" stands for any characters, also slashes and none, and "?" for one; ${namespace} is the namespace of the ExternalSecret. A pattern that begins with "arn:" is for keys that are given as an ARN, part by part; any other is for names, with the prefix in front and without version or label. A name is matched by no pattern for ARNs, and an ARN by no pattern for names.',
    ),
  [
    {
      rule: "self.all(p, p.startsWith('arn:') ? p.matches('^arn:[^:]+:[^:]+:[^:]+:[^:]+:.+$') : !p.contains(':'))",
      message: 'allowedKeys: a pattern with a colon is for ARNs: it begins with arn: and has all six parts',
    },
    {
      rule: "self.all(p, !p.matches('[*][^*:]*[?][^*:]*[*]'))",
      message: 'allowedKeys: a "?" may not stand between two "*"',
    },
  ],
).optional();
