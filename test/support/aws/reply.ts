// An HTTP response before it is written.
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly errorCode?: string;
}
