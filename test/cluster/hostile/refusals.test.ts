// Refusals of the API server, and the text that they quote.
import { expect, jest } from '@jest/globals';
import { holdAgainst } from '../../support/hostile/harness.ts';

jest.setTimeout(300_000);

const likeARefusal = "ValidatingAdmissionPolicy 'a' with binding 'b' ";

function specWith(labels: Readonly<Record<string, string>>): object {
  return { target: { template: { metadata: { labels } } }, data: [{ secretKey: 'value', remoteRef: { key: 'hostile/value' } }] };
}

holdAgainst([
  {
    name: 'label keys that read like a refusal, in template.metadata',
    inCi: true,
    plant: async (attacker) => {
      attacker.aws.secrets().create('hostile/value', 'x');
      // The schema refuses it; what the operator makes of one under an older schema is held in test/unit.
      const longest = specWith({ [likeARefusal.repeat(5_000)]: 'x' });
      await expect(attacker.objects.externalSecret('longest', longest)).rejects.toThrow('labels: a key must have at most 317 characters');
      for (let index = 0; index < 20; index += 1) {
        const keys = Array.from({ length: 64 }, (_, n) => `${n} ${likeARefusal.repeat(6)}`);
        await attacker.objects.externalSecret(`hostile-${index}`, specWith(Object.fromEntries(keys.map((key) => [key, 'x']))));
      }
      await attacker.objects.untilReason('hostile-19', 'InvalidSpec');
    },
  },
]);
