/** What the local servers know the tests by. The SDK finds them before whatever else the machine has. */
export const testCredentials = {
  AWS_ACCESS_KEY_ID: 'trailstitch-test',
  AWS_SECRET_ACCESS_KEY: 'trailstitch-test-secret',
  // Empty is none: neither a session nor a profile of the developer's own may reach a local server.
  AWS_SESSION_TOKEN: '',
  AWS_PROFILE: '',
}
