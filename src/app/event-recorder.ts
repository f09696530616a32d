/** The recorder of Kubernetes Events, with the name of this installation. */
import { hostname } from 'node:os';
import { installation } from '../api/installation.ts';
import type { Clock } from '../base/time/clock.ts';
import { createEventRecorder, type RunningEventRecorder } from '../kube/event-recorder/events.ts';
import type { KubeWriter } from '../kube/port.ts';
import type { Logger } from '../telemetry/log/logger.ts';

export function eventRecorder(client: KubeWriter, clock: Clock, logger: Logger): RunningEventRecorder {
  return createEventRecorder({
    writer: client,
    clock,
    controller: installation.reportingController,
    instance: hostname(),
    onResult: (result, failure) => {
      if (result === 'failed') logger.warn({ problem: failure?.message }, 'event could not be written');
    },
  });
}
