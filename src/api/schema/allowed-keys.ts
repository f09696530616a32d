/** spec.allowedKeys of a store: the remote keys that may be read through it. resolve/store/key-pattern.ts matches the patterns. */
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
      'Patterns of keys that may be read through the store. Without allowedKeys, all keys that the identity may read are allowed. As in IAM policies, "*" matches any number of characters, including slashes, and "?" matches one character. ${namespace} is the namespace of the ExternalSecret. A pattern that begins with "arn:" matches keys that are written as an ARN, part by part. Any other pattern matches names, including the prefix and without version or label. A pattern for ARNs never matches a name, and a pattern for names never matches an ARN.',
    ),
  [
    {
      rule: "self.all(p, p.startsWith('arn:') ? p.matches('^arn:[^:]+:[^:]+:[^:]+:[^:]+:.+$') : !p.contains(':'))",
      message: 'allowedKeys: a pattern with a colon is for ARNs; it must begin with arn: and have all six parts',
    },
    {
      rule: "self.all(p, !p.matches('[*][^*:]*[?][^*:]*[*]'))",
      message: 'allowedKeys: a pattern must not have a "?" between two "*"',
    },
  ],
).optional();
