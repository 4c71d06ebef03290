/** Sent as `context.library.version`. A test holds it to package.json. */
export const version = '0.1.0'
