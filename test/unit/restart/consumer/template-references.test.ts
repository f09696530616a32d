// Every form in which a pod template refers to a Secret or a ConfigMap, and which of its keys the pods read.
import { describe, expect, it } from '@jest/globals';
import { consumed, reduced, setting } from './workloads.ts';

const secretKey = (name: string, key: string) => ({ name: `V_${key}`, valueFrom: { secretKeyRef: { name, key } } });
const configMapKey = (name: string, key: string) => ({ name: `V_${key}`, valueFrom: { configMapKeyRef: { name, key } } });
const mounted = (...mounts: readonly object[]) => [{ name: 'app', volumeMounts: mounts.map((mount) => ({ name: 'v', ...mount })) }];

describe('references in variables', () => {
  it('name one key, or all of them with envFrom', () => {
    const containers = [
      { name: 'a', env: [secretKey('database', 'user'), { name: 'PLAIN', value: 'x' }, { name: 'POD', valueFrom: { fieldRef: {} } }] },
      { name: 'b', env: [secretKey('database', 'password'), configMapKey('settings', 'level')] },
      { name: 'c', envFrom: [{ secretRef: { name: 'all' } }, { prefix: 'P_', configMapRef: { name: 'flags' } }] },
    ];
    expect(consumed({ podSpec: { containers } })).toEqual([
      'ConfigMap/flags: all (restart)',
      'ConfigMap/settings: level (restart)',
      'Secret/all: all (restart)',
      'Secret/database: password,user (restart)',
    ]);
  });

  it('count in init containers and native sidecars, but not in ephemeral containers', () => {
    const podSpec = {
      initContainers: [
        { name: 'migrate', env: [secretKey('migration', 'url')] },
        { name: 'proxy', restartPolicy: 'Always', envFrom: [{ secretRef: { name: 'proxy' } }] },
      ],
      ephemeralContainers: [{ name: 'debug', envFrom: [{ secretRef: { name: 'debug' } }] }],
    };
    expect(consumed({ podSpec })).toEqual(['Secret/migration: url (restart)', 'Secret/proxy: all (restart)']);
  });

  it('take the union of the keys, and all of them if one reference takes all', () => {
    const env = [secretKey('s', 'b'), secretKey('s', 'a'), secretKey('s', 'b')];
    expect(consumed({ podSpec: { containers: [{ env }] } })).toEqual(['Secret/s: a,b (restart)']);
    expect(consumed({ podSpec: { containers: [{ env, envFrom: [{ secretRef: { name: 's' } }] }] } })).toEqual(['Secret/s: all (restart)']);
  });
});

describe('references in volumes', () => {
  const volumes = [{ name: 'v', secret: { secretName: 'files' } }];

  it('are whole, or the items that are listed, also in projected volumes', () => {
    const podSpec = {
      containers: mounted({ mountPath: '/a' }),
      volumes: [
        ...volumes,
        { name: 'w', configMap: { name: 'pages', items: [{ key: 'index', path: 'www/index.html' }] } },
        {
          name: 'p',
          projected: {
            sources: [
              { secret: { name: 'tls', items: [{ key: 'tls.crt', path: 'crt' }] } },
              { configMap: { name: 'ca' } },
              { serviceAccountToken: { path: 'token' } },
              { downwardAPI: {} },
            ],
          },
        },
        { name: 'csi', csi: { driver: 'secrets-store.csi.k8s.io', volumeAttributes: { secretProviderClass: 'vault' } } },
        { name: 'tmp', emptyDir: {} },
      ],
    };
    expect(consumed({ podSpec })).toEqual([
      'ConfigMap/ca: all (restart)',
      'ConfigMap/pages: index (restart)',
      'Secret/files: all (restart)',
      'Secret/tls: tls.crt (restart)',
    ]);
  });

  it('are live where the annotation says so, for Secrets and, by their kind, for ConfigMaps', () => {
    const podSpec = {
      containers: mounted({ mountPath: '/a' }),
      volumes: [...volumes, { name: 'w', configMap: { name: 'files' } }, { name: 'x', secret: { secretName: 'other' } }],
    };
    const live = (value: string) => consumed({ podSpec, metadata: { annotations: { [setting('live-reload')]: value } } });
    expect(live('files')).toEqual(['ConfigMap/files: all (restart)', 'Secret/files: all (live)', 'Secret/other: all (restart)']);
    expect(live(' configmap/files , secret/other,')).toEqual([
      'ConfigMap/files: all (live)',
      'Secret/files: all (restart)',
      'Secret/other: all (live)',
    ]);
  });

  it('that a container mounts by subPath are read at its start, whatever the annotation says, and only that key', () => {
    const metadata = { annotations: { [setting('live-reload')]: 'files' } };
    const of = (...mounts: readonly object[]) => consumed({ metadata, podSpec: { containers: mounted(...mounts), volumes } });
    expect(of({ subPath: 'ca.crt' }, { subPath: 'ca.key' })).toEqual(['Secret/files: ca.crt,ca.key (restart)']);
    expect(of({ subPath: 'ca.crt' }, { mountPath: '/whole' })).toEqual(['Secret/files: ca.crt (restart)']);
    expect(consumed({ podSpec: { containers: mounted({ subPath: 'ca.crt' }, { mountPath: '/whole' }), volumes } })).toEqual([
      'Secret/files: all (restart)',
    ]);
    expect(of({ subPathExpr: '$(NODE)' })).toEqual(['Secret/files: all (restart)']);
    for (const subPath of ['..data', 'folder/', './ca.crt', '..']) expect(of({ subPath })).toEqual(['Secret/files: all (restart)']);
  });

  it('find the key of a subPath by the path of its item; a folder is all items', () => {
    const items = [
      { key: 'index', path: 'www/index.html' },
      { key: 'icon', path: 'www/icon.png' },
    ];
    const of = (subPath: string) =>
      consumed({ podSpec: { containers: mounted({ subPath }), volumes: [{ name: 'v', configMap: { name: 'pages', items } }] } });
    expect(of('www/index.html')).toEqual(['ConfigMap/pages: index (restart)']);
    expect(of('www')).toEqual(['ConfigMap/pages: icon,index (restart)']);
  });

  it('count as whole if nobody mounts the volume', () => {
    expect(consumed({ podSpec: { containers: [{ name: 'app' }], volumes } })).toEqual(['Secret/files: all (restart)']);
  });
});

describe('a source that is used in several ways', () => {
  it('has the strongest effect, with the keys of that effect only', () => {
    const podSpec = {
      containers: [{ env: [secretKey('files', 'user')], volumeMounts: [{ name: 'v', mountPath: '/a' }] }],
      volumes: [{ name: 'v', secret: { secretName: 'files' } }],
      imagePullSecrets: [{ name: 'registry' }, { name: 'files' }],
    };
    const metadata = { annotations: { [setting('live-reload')]: 'files' } };
    expect(consumed({ podSpec, metadata })).toEqual(['Secret/files: user (restart)', 'Secret/registry: all (image-pull)']);
    expect(consumed({ podSpec })).toEqual(['Secret/files: all (restart)', 'Secret/registry: all (image-pull)']);
  });
});

describe('bounds', () => {
  const variables = (count: number) => Array.from({ length: count }, (_, index) => ({ secretRef: { name: `s${index}` } }));

  it('hold for the number of sources, and what is beyond is said', () => {
    const of = (count: number) => reduced({ podSpec: { containers: [{ envFrom: variables(count) }] } });
    expect([of(500).consumes.length, of(500).hasMoreReferences]).toEqual([500, false]);
    expect([of(501).consumes.length, of(501).hasMoreReferences]).toEqual([500, true]);
  });

  it('hold for the number of references and of volumes', () => {
    const env = Array.from({ length: 5_001 }, () => secretKey('s', 'k'));
    expect(reduced({ podSpec: { containers: [{ env: env.slice(1) }] } }).hasMoreReferences).toBe(false);
    expect(reduced({ podSpec: { containers: [{ env }] } }).hasMoreReferences).toBe(true);
    const sources = Array.from({ length: 20 }, () => ({ secret: { name: 's' } }));
    const volumes = Array.from({ length: 251 }, (_, index) => ({ name: `v${index}`, projected: { sources } }));
    expect(reduced({ podSpec: { volumes } }).hasMoreReferences).toBe(true);
  });

  it('hold for the number of keys: a source whose keys are not kept counts as read whole', () => {
    const env = [...Array.from({ length: 501 }, (_, index) => secretKey('many', `k${index}`)), secretKey('few', 'k')];
    expect(consumed({ podSpec: { containers: [{ env }] } })).toEqual(['Secret/few: all (restart)', 'Secret/many: all (restart)']);
  });

  it('hold for the comparison of parts with sources', () => {
    const sources = Array.from({ length: 101 }, (_, index) => ({ secret: { name: `s${index}` } }));
    const mounts = Array.from({ length: 100 }, (_, index) => ({ subPath: `k${index}` }));
    const podSpec = { containers: mounted(...mounts), volumes: [{ name: 'v', projected: { sources } }] };
    expect(reduced({ podSpec }).consumes.every(({ keys }) => keys === 'all')).toBe(true);
  });

  it('leave out names that no Secret and no ConfigMap has', () => {
    const names = ['', 'A', '__proto__', 'a/b', 'x'.repeat(254), '-a', 7, null, {}];
    const envFrom = names.map((name) => ({ secretRef: { name } }));
    expect(consumed({ podSpec: { containers: [{ envFrom, env: [secretKey('s', 'k'.repeat(254))] }] } })).toEqual(['Secret/s:  (restart)']);
  });
});
