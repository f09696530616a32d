/** Compares a list of secrets with references: the version that a read of each reference would show, if the list contains it. Pure. */
import type { ListedSecret } from '../../aws/port.ts';
import { parseSourceArn } from '../references/arn.ts';
import type { RemoteReference } from '../port.ts';

/** Listed secrets by the ids that references use. */
export class Listing {
  readonly #byArn = new Map<string, ListedSecret>();
  readonly #byName = new Map<string, ListedSecret>();

  add(secret: ListedSecret): void {
    this.#byArn.set(secret.arn, secret);
    this.#byName.set(secret.name, secret);
  }

  /** Undefined if the list does not contain it: deleted, in another account or region, or not listed yet. */
  versionOf({ secretId, version, identity }: RemoteReference): string | undefined {
    if (version.kind !== 'stage') return undefined;
    return this.#find(secretId, identity.region)?.versions.get(version.stage);
  }

  #find(secretId: string, region: string): ListedSecret | undefined {
    const arn = parseSourceArn(secretId);
    if (arn === undefined) return this.#byName.get(secretId);
    if (arn.service !== 'SecretsManager') return undefined;
    const whole = this.#byArn.get(secretId);
    if (whole !== undefined || arn.region !== region) return whole;
    // A partial ARN ends with the name; the account must be the same.
    const named = this.#byName.get(arn.rest);
    return named !== undefined && parseSourceArn(named.arn)?.account === arn.account ? named : undefined;
  }
}
