/** The region of a queue, from the host of its URL. Undefined for hosts of other providers. Pure. */

const HOST = /^https?:\/\/([^/:]+)/;
/** `sqs.eu-central-1.amazonaws.com`, `sqs-fips.…`, or the name of an interface endpoint. */
const PRESENT = /(?:^|\.)sqs(?:-fips)?\.([a-z]{2,4}(?:-[a-z]+)+-\d{1,2})\./;
/** `eu-central-1.queue.amazonaws.com` */
const FORMER = /^([a-z]{2,4}(?:-[a-z]+)+-\d{1,2})\.queue\./;

export function regionOfQueue(url: string): string | undefined {
  const host = HOST.exec(url)?.[1] ?? '';
  const region = PRESENT.exec(host)?.[1] ?? FORMER.exec(host)?.[1];
  // https://docs.aws.amazon.com/general/latest/gr/sqs-service.html: the oldest endpoint has no region in its name.
  return host === 'queue.amazonaws.com' ? 'us-east-1' : region;
}
