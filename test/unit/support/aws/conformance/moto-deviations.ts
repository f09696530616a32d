// Known differences between moto and this emulator (and AWS, by its documentation), by probe, with the reason. The conformance test fails
// for a difference that is not listed, and for a listed one that does not occur.

const NOT_FOUND_STATUS =
  'moto answers ResourceNotFoundException and label mismatches with status 404; Secrets Manager uses 400 throughout.';
const NOT_VALIDATED = 'moto does not check the bounds of the API model here.';
const DEFAULT_VERSION = 'moto keeps a separate default version, which UpdateSecretVersionStage does not move.';
const WITHOUT_LABELS = 'moto also describes versions without labels; by the documentation VersionIdsToStages has those with labels only.';
const UNPARSABLE = 'moto crashes with an HTML page of status 500, which the SDK cannot parse.';
const NO_TRUST = 'moto lets anybody assume any role, existing or not, while its IAM is off.';

export const MOTO_DEVIATIONS: Readonly<Record<string, string>> = {
  'status of a missing secret': NOT_FOUND_STATUS,
  'status when version and stage disagree': NOT_FOUND_STATUS,
  'value of 65,537 bytes': NOT_VALIDATED,
  'empty value': NOT_VALIDATED,
  'name with a space': NOT_VALIDATED,
  'get without a stage after a move': DEFAULT_VERSION,
  'batch after a move': DEFAULT_VERSION,
  'put after a move': `${DEFAULT_VERSION} The next write then leaves two versions with AWSCURRENT.`,
  'move without saying from where': 'moto asks for RemoveFromVersionId with AWSCURRENT only; other labels end up on two versions.',
  'move to an unknown version':
    'moto says InvalidParameterException; the documentation has ResourceNotFoundException for what does not exist.',
  'remove AWSCURRENT': 'moto removes it and leaves a secret without a current version; AWS only lets it be moved.',
  'deprecated versions': 'moto always lists versions without labels, as if IncludeDeprecated were set.',
  'ARN of a version list': 'moto answers with the SecretId of the request instead of the ARN.',
  'versions of a missing secret': UNPARSABLE,
  'batch of 21': NOT_VALIDATED,
  'batch with a duplicate': NOT_VALIDATED,
  'batch of nothing': NOT_VALIDATED,
  'batch by filter with a deleted secret': 'moto fails the whole call for one secret that is marked for deletion.',
  'list of 101': NOT_VALIDATED,
  'sorted by name, descending': 'moto ignores SortBy and SortOrder and lists by creation.',
  'made-up page token': UNPARSABLE,
  'day of the last read': 'moto never sets LastAccessedDate.',
  'tags show in LastChangedDate': 'moto changes LastChangedDate with values only, and in whole seconds.',
  'put while marked for deletion': 'moto accepts writes to a secret that is marked for deletion.',
  'create while marked for deletion':
    'moto says ResourceExistsException; AWS says that the secret is scheduled for deletion (InvalidRequestException).',
  'validate a resource policy': 'moto lacks ValidateResourcePolicy.',
  'stop replication to a replica': 'moto lacks StopReplicationToReplica.',
  'rotate without a function': 'moto "rotates" to a current version without a value; AWS wants a function or a managed secret.',
  'selector of a version': 'moto never sets Selector, which the API model has for what was asked by version or label.',
  'label that nobody has given':
    'moto says ParameterNotFound; by the API model a version or label that is missing is ParameterVersionNotFound.',
  'get a parameter twice in a call': 'moto answers; nothing documents that AWS does, so that this emulator refuses.',
  'parameter of 4,097 bytes': NOT_VALIDATED,
  'parameter of another type': 'moto changes the type; AWS keeps the type of a parameter for life.',
  'parameter name with a space': NOT_VALIDATED,
  'parameter name without its slash': NOT_VALIDATED,
  'path without its slash': NOT_VALIDATED,
  'role that does not exist': NO_TRUST,
  'session of 899 seconds': NOT_VALIDATED,
  'session with tags that nobody allows': NO_TRUST,
  'delete a batch of eleven': 'moto compares receipts first, and finds the same one twice.',
  'delete a batch with one id twice': 'moto compares the receipts of a batch and not its ids.',
  'web identity of a made-up token': 'moto takes any text of four characters for a web identity token.',
  'put takes a label from another version': WITHOUT_LABELS,
  'put again after its label has moved': WITHOUT_LABELS,
  'attach a free label twice': 'moto then lists the label twice on the version.',
  'label number 21 of a secret': NOT_VALIDATED,
  'tag while marked for deletion': 'moto tags a secret that is marked for deletion.',
};
