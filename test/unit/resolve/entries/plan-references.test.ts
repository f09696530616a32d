import { describe, expect, it } from '@jest/globals';
import { fieldOfKey } from '../../../../src/resolve/entries/plan-references.ts';
import { identity, onlyStore, planned } from '../entries.ts';

const plan = (spec: object, prefix = '') => planned({ secretStoreRef: { name: 's' }, ...spec }, onlyStore({ prefix }));
const data = (key: string, version?: string) => ({
  data: [{ secretKey: 'k', remoteRef: { key, ...(version !== undefined && { version }) } }],
});

describe('planReference', () => {
  it('puts data after dataFrom, so that it wins, and says where each stands', () => {
    const entries = plan({ ...data('db'), dataFrom: [{ extract: { key: 'all' } }] });
    expect(entries.map(({ place, secretKey }) => [place, secretKey])).toEqual([
      ['dataFrom[0] (key "all")', undefined],
      ['data[0] (k, key "db")', 'k'],
    ]);
  });

  it.each([
    [undefined, { kind: 'stage', stage: 'AWSCURRENT' }],
    ['AWSPREVIOUS', { kind: 'stage', stage: 'AWSPREVIOUS' }],
    ['uuid/123', { kind: 'id', id: '123' }],
    ['uuid', { kind: 'stage', stage: 'uuid' }],
  ])('reads version %s', (version, selector) => {
    expect(plan(data('db', version))[0]?.reference.version).toEqual(selector);
  });

  it.each([
    [undefined, { kind: 'stage', stage: 'AWSCURRENT' }],
    ['live', { kind: 'stage', stage: 'live' }],
    ['12', { kind: 'id', id: '12' }],
    ['007', { kind: 'id', id: '7' }],
    ['v12', { kind: 'stage', stage: 'v12' }],
    ['uuid/12', { kind: 'stage', stage: 'uuid/12' }],
  ])('reads version %s of a parameter', (version, selector) => {
    const spec = { secretStoreRef: { name: 's' }, ...data('/db', version) };
    const parameters = { ...identity, service: 'ParameterStore' as const };
    expect(planned(spec, onlyStore({ identity: parameters }))[0]?.reference.version).toEqual(selector);
  });

  it.each(['SecretsManager', 'ParameterStore'] as const)('reads tags of %s, whatever the version', (service) => {
    const remoteRef = (metadataPolicy: 'None' | 'Fetch') => ({ key: 'db', version: '7', metadataPolicy });
    const data = [{ secretKey: 'k', remoteRef: remoteRef('Fetch') }];
    const dataFrom = [{ extract: remoteRef('Fetch') }, { extract: remoteRef('None') }];
    const entries = planned({ secretStoreRef: { name: 's' }, data, dataFrom }, onlyStore({ identity: { ...identity, service } }));
    expect(entries.map(({ reference }) => reference.version.kind)).toEqual(['tags', service === 'ParameterStore' ? 'id' : 'stage', 'tags']);
  });

  it('puts the prefix before names, never before ARNs', () => {
    const arn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:db-AbCdEf';
    expect([data('db'), data(arn)].map((spec) => plan(spec, 'prod/')[0]?.reference.secretId)).toEqual(['prod/db', arn]);
  });

  it('takes a version or label behind a colon in the key of a parameter for what version says', () => {
    const parameters = { identity: { ...identity, service: 'ParameterStore' as const }, prefix: '/app/' };
    const referenceOf = (key: string, version?: string) =>
      planned({ secretStoreRef: { name: 's' }, ...data(key, version) }, onlyStore(parameters))[0]?.reference;
    const arn = 'arn:aws:ssm:eu-central-1:111122223333:parameter/db';
    for (const key of ['db', arn]) {
      expect(referenceOf(`${key}:2`)).toEqual(referenceOf(key, '2'));
      expect(referenceOf(`${key}:02`, '2')).toEqual(referenceOf(key, '2'));
      expect(referenceOf(`${key}:live`)).toEqual(referenceOf(key, 'live'));
    }
    expect(referenceOf('db:AWSCURRENT')?.secretId).toBe('/app/db:AWSCURRENT');
  });

  it('finds a problem where key and version ask for two versions', () => {
    const parameters = { identity: { ...identity, service: 'ParameterStore' as const }, prefix: '' };
    const many = (version: string) => ({ secretStoreRef: { name: 's' }, data: [...data('db').data, ...data('db:2', version).data] });
    const problems = (version: string) => planned(many(version), onlyStore(parameters)).map(({ problem }) => problem);
    expect(problems('2')).toEqual([undefined, undefined]);
    expect(problems('3')).toEqual([undefined, 'the key asks for version "2" and the field for "3": leave one of them out']);
    expect(problems('x'.repeat(256))[1]).toMatch(/^.{100,200}$/);
  });

  it('gives nothing for nothing', () => {
    expect(plan({})).toEqual([]);
  });
});

describe('fieldOfKey', () => {
  const extract = (key: string): object => ({ extract: { key } });

  it('names an entry of data with its key, and one of dataFrom without', () => {
    const entries = plan({ ...data('db'), dataFrom: [extract('all')] });
    expect([fieldOfKey(entries, 'k'), fieldOfKey(entries, 'propertyOfAValue')]).toEqual(['data[0] (k)', 'dataFrom[0]']);
  });

  it('names no entry where it may be one of several', () => {
    expect(fieldOfKey(plan({ dataFrom: [extract('one'), extract('two')] }), 'propertyOfAValue')).toBe('dataFrom');
  });
});
