// ListSecrets in memory: pages, prefixes, denials and late lists. Every call is counted.
import { fail, type Outcome } from '../../../../src/failure/failure.ts';
import type { FailureReason } from '../../../../src/failure/reasons.ts';
import type { Identity } from '../../../../src/aws/credentials/identity.ts';
import type { ListedSecret, ListPage, SecretLister } from '../../../../src/aws/port.ts';
import { ok } from '../../../../src/base/result.ts';

export class MemoryLister implements SecretLister {
  readonly calls: { readonly prefixes: readonly string[]; readonly page: string | undefined }[] = [];
  /** Secrets of a page; pages of size 0 come first when `emptyPages` is set. */
  pageSize = 100;
  emptyPages = 0;
  failing: FailureReason | undefined;
  defect: Error | undefined;
  readonly #versions = new Map<string, string>();

  show(versions: Readonly<Record<string, string>>): void {
    for (const [name, versionId] of Object.entries(versions)) this.#versions.set(name, versionId);
  }

  hide(name: string): void {
    this.#versions.delete(name);
  }

  async listPage(_identity: Identity, prefixes: readonly string[], page: string | undefined): Promise<Outcome<ListPage>> {
    this.calls.push({ prefixes, page });
    await Promise.resolve();
    if (this.defect !== undefined) throw this.defect;
    if (this.failing !== undefined) return fail(this.failing, `${this.failing} of ListSecrets`);
    const at = Number(page ?? -this.emptyPages);
    if (at < 0) return ok({ secrets: [], next: String(at + 1) });
    const shown = [...this.#versions].filter(([name]) => prefixes.length === 0 || prefixes.some((prefix) => name.startsWith(prefix)));
    const end = at + this.pageSize;
    return ok({ secrets: shown.slice(at, end).map(listed), ...(end < shown.length ? { next: String(end) } : {}) });
  }
}

function listed([name, versionId]: readonly [string, string]): ListedSecret {
  const arn = `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}-AbCdEf`;
  return { arn, name, versions: new Map([['AWSCURRENT', versionId]]) };
}
