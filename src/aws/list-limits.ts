/** Limits of one list call, from the API models of Secrets Manager and Systems Manager. */

/** Maximum number of values in a filter of ListSecrets (FilterValuesStringList), and of characters of one value (FilterValueStringType). */
export const MAX_FILTER_VALUES = 10;
export const MAX_FILTER_LENGTH = 512;

/** ListSecrets. */
export const SECRETS_ON_A_PAGE = 100;
/** GetParametersByPath. */
export const PARAMETERS_ON_A_PAGE = 10;
