/** The ids of AWS access keys. Pure. */

const ACCESS_KEY_ID = /^A[A-Z0-9]{15,31}$/;

/** Whether the text has the form of an access key id. A secret key has another form, and it must never be shown where an id was expected. */
export function isAccessKeyId(text: string): boolean {
  return ACCESS_KEY_ID.test(text);
}
