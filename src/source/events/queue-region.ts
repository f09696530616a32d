/** The region that a queue is in, by the host of its URL; undefined for hosts that are not AWS's own. Pure. */

const HOST = /^https?:\/\/([^/:]+)/;
/** `sqs.eu-central-1.amazonaws.com`, `sqs-fips.…`, the name of an interface endpoint. */
const PRESENT = /(?:^|\.)sqs(?:-fips)?\.([a-z]{2,4}(?:-[a-z]+)+-\d{1,2})\./;
/** `eu-central-1.queue.amazonaws.com` */
const FORMER = /^([a-z]{2,4}(?:-[a-z]+)+-\d{1,2})\.queue\./;

export function regionOfQueue(url: string): string | undefined {
  const host = HOST.exec(url)?.[1] ?? '';
  const region = PRESENT.exec(host)?.[1] ?? FORMER.exec(host)?.[1];
  // https://docs.aws.amazon.com/general/latest/gr/sqs-service.html: the oldest of all has no region in its name.
  return host === 'queue.amazonaws.com' ? 'us-east-1' : region;
}
