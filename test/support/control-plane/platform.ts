// This machine in the terms of Go, as in the names of the archives of Kubernetes and Go.

export interface Platform {
  readonly os: string;
  readonly arch: string;
}

const ARCHITECTURES: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
  x64: 'amd64',
  arm64: 'arm64',
  ppc64: 'ppc64le',
  s390x: 's390x',
};

export function currentPlatform(): Platform {
  return { os: process.platform, arch: ARCHITECTURES[process.arch] ?? process.arch };
}
