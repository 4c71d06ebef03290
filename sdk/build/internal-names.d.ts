export const internalNames: RegExp
