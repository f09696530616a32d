// Jest's globalTeardown: stops the shared control plane.
import { sharedControlPlane } from './jest-global-state.ts';

export default async function tearDown(): Promise<void> {
  await sharedControlPlane.current?.[Symbol.asyncDispose]();
  sharedControlPlane.current = undefined;
}
