// metav1.Status bodies in the form of the API server.

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

export interface StatusOptions {
  readonly reason?: string;
  readonly message?: string;
  readonly retryAfterSeconds?: number;
}

export function statusBody(code: number, { reason, message, retryAfterSeconds }: StatusOptions = {}): Readonly<Record<string, unknown>> {
  const words = reason ?? REASONS[code];
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: message ?? `injected by the test proxy: ${words ?? code}`,
    ...(words === undefined ? {} : { reason: words }),
    ...(retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } }),
    code,
  };
}
