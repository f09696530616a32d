// An error of AWS. Operations throw it, and the protocol of the service renders it.
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.status = status;
  }
}

export const invalidParameter = (message: string): AwsError => new AwsError('InvalidParameterException', message);
export const invalidRequest = (message: string): AwsError => new AwsError('InvalidRequestException', message);
export const validation = (message: string): AwsError => new AwsError('ValidationException', message);
export const notFound = (what = ''): AwsError =>
  new AwsError('ResourceNotFoundException', `Secrets Manager can't find the specified secret${what}.`);
export const resourceExists = (message: string): AwsError => new AwsError('ResourceExistsException', message);
export const limitExceeded = (message: string): AwsError => new AwsError('LimitExceededException', message);
export const accessDenied = (message: string): AwsError => new AwsError('AccessDeniedException', message);
