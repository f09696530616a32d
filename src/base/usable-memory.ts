/** Amount of memory that this process may use. */
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

const MIB = 1024 * 1024;
/** The memory limit of the chart. It also applies if the container has no limit. */
const WITHOUT_LIMIT = 512 * MIB;
/** Share of the V8 heap for kept objects. */
const OF_HEAP = 0.65;
const OF_PROCESS = 0.45;

/** Bytes for kept objects: part of the container limit, or of the V8 heap if that is lower. */
export function memoryForObjects(
  limits = { container: process.constrainedMemory(), machine: totalmem(), heap: getHeapStatistics().heap_size_limit },
): number {
  const { container, machine, heap } = limits;
  const limit = container > 0 && container < machine ? container : WITHOUT_LIMIT;
  return Math.floor(Math.min(limit * OF_PROCESS, heap * OF_HEAP));
}
