/** The names of Stakater Reloader's annotations (https://github.com/stakater/Reloader). Its flags rename them. */
import type { SourceKind } from '../source/content.ts';

export interface ReloaderNames {
  /** On workloads and pod templates. */
  readonly auto: string;
  readonly typedAuto: Readonly<Record<SourceKind, string>>;
  readonly reload: Readonly<Record<SourceKind, string>>;
  readonly search: string;
  /** On workloads only. */
  readonly exclude: Readonly<Record<SourceKind, string>>;
  readonly rolloutStrategy: string;
  readonly pausePeriod: string;
  readonly pausedAt: string;
  /** On Secrets and ConfigMaps. */
  readonly match: string;
  readonly ignore: string;
}

const DOMAIN = 'reloader.stakater.com';

export const reloaderNames: ReloaderNames = {
  auto: `${DOMAIN}/auto`,
  typedAuto: { Secret: `secret.${DOMAIN}/auto`, ConfigMap: `configmap.${DOMAIN}/auto` },
  reload: { Secret: `secret.${DOMAIN}/reload`, ConfigMap: `configmap.${DOMAIN}/reload` },
  search: `${DOMAIN}/search`,
  exclude: { Secret: `secrets.exclude.${DOMAIN}/reload`, ConfigMap: `configmaps.exclude.${DOMAIN}/reload` },
  rolloutStrategy: `${DOMAIN}/rollout-strategy`,
  pausePeriod: `deployment.${DOMAIN}/pause-period`,
  pausedAt: `deployment.${DOMAIN}/paused-at`,
  match: `${DOMAIN}/match`,
  ignore: `${DOMAIN}/ignore`,
};
