// How far a destination is trusted: the highest sensitivity of data that it may receive, in ascending order.

export const trustLevels = ['public', 'internal', 'confidential', 'restricted'] as const
export type Trust = (typeof trustLevels)[number]

/** Position in the order public < internal < confidential < restricted. */
export const trustRank = (trust: Trust): number => trustLevels.indexOf(trust)
