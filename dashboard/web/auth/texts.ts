import { createT } from '../texts/t.ts'

/** Texts of what stands before the dashboard. Whoever is signed in does not load them. */
export const authTexts = {
  'auth.signIn': 'Sign in',
  'auth.email': 'E-mail address',
  'auth.password': 'Password',
  'auth.newPassword': 'New password, at least 10 characters',
  'auth.name': 'Your name',
  'auth.code': 'Code from your authenticator app, or a recovery code',
  'auth.codeLead': 'One more step: your account asks for a code.',
  'auth.forgot': 'Forgot your password?',
  'auth.back': 'Back to sign-in',
  'auth.wrong': 'The e-mail address or the password is wrong.',
  'auth.wrongCode': 'This code is not valid. Codes change every 30 seconds.',
  'auth.locked': 'Too many attempts. Try again in {time}.',
  'auth.noAccounts': 'This server has no accounts: open the link that it printed when it started, or paste its token.',
  'auth.operator': 'Sign in with the operator’s token',
  'auth.operatorToken': 'Operator’s token',
  'auth.operatorWrong': 'The server does not know this token.',
  'auth.withOidc': 'Sign in with {name}',
  'auth.oidc.oidc_expired': 'That took too long, or was started in another window. Please try again.',
  'auth.oidc.oidc_cancelled': 'The sign-in was cancelled.',
  'auth.oidc.oidc_email': 'Your e-mail address is not confirmed there yet. Confirm it, then try again.',
  'auth.oidc.oidc_no_account': 'You have no account here yet. Ask a colleague for an invitation.',
  'auth.oidc.rate_limited': 'Too many attempts. Wait a minute, then try again.',
  'auth.oidc.failed': 'The sign-in did not work. Please try again; if it stays so, tell whoever runs this server.',
  'auth.setUp': 'Set up Trailstitch',
  'auth.setUpLead':
    'You become an owner of every project on this server. If you have an account already, give its password.',
  'auth.setUpButton': 'Create the owner',
  'auth.needsSetUp': 'There is no owner yet: open the set-up link that the server printed when it started.',
  'auth.join': 'Join the team',
  'auth.joinLead':
    'Choose how your colleagues see you, and a password. If you have an account already, give its password.',
  'auth.joinButton': 'Join',
  'auth.forgotLead': 'We send a link to set a new one. Without mail on this server, the link is in its log.',
  'auth.forgotButton': 'Send the link',
  'auth.forgotSent': 'If there is an account with this address, a link is on its way.',
  'auth.reset': 'Set a new password',
  'auth.resetButton': 'Save',
  'auth.resetDone': 'The new password counts from now on.',
  'auth.badLink': 'This link is not whole. Open it again from where you got it.',
} as const

export const t = createT(authTexts)
