// The state of Jest's globalSetup for its globalTeardown; both run in the same process.

export const sharedControlPlane: { current: AsyncDisposable | undefined } = { current: undefined };
