/** Where the platform listens and what its ARNs say, unless something else is asked for. */

/** The port of `sam local start-lambda`, so that scripts written for it go on working. */
export const PORT_DEFAULT = 3001;
export const REGION_DEFAULT = 'us-east-1';
export const ACCOUNT_DEFAULT = '000000000000';
