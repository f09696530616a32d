import { describe, expect, it } from '@jest/globals';
import { memoryForObjects } from '../../../src/base/usable-memory.ts';

const MIB = 1024 * 1024;
const roomy = { container: 0, machine: 24_576 * MIB, heap: 4_096 * MIB };

describe('memoryForObjects', () => {
  it('is a part of the limit of the container, and of 512 MiB where there is none', () => {
    expect(memoryForObjects({ ...roomy, container: 1_000 * MIB })).toBe(450 * MIB);
    expect(memoryForObjects(roomy)).toBe(Math.floor(0.45 * 512 * MIB));
    expect(memoryForObjects({ ...roomy, container: 2 ** 64 })).toBe(Math.floor(0.45 * 512 * MIB));
  });

  it('leaves the heap of V8 room for the rest', () => {
    expect(memoryForObjects({ ...roomy, heap: 100 * MIB })).toBe(65 * MIB);
  });

  it('knows the limits of this process', () => {
    expect(memoryForObjects()).toBeGreaterThan(0);
  });
});
