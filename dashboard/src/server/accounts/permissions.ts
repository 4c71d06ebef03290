import type { Role, Scope } from './documents.ts'

export interface Permission {
  /**
   * `public`: anybody. `known`: whoever may see anything. `account`: a person who is signed in. A role: at least this one
   * in the project that is asked for; the admin token is an owner of all. `owner-somewhere`: an owner of any project.
   */
  needs: 'public' | 'known' | 'account' | 'owner-somewhere' | Role
  /** What an API key must be allowed to. Without it no key may call the route. */
  scope?: Scope
  /** `project=*` is allowed to the admin token. */
  everyProject?: true
  /** What is written to the audit log before the answer: for reads of people's data. It may depend on the body. */
  reads?: string | ((body: unknown) => string | undefined)
}

const figures: Permission = { needs: 'viewer', scope: 'read' }
const reading = (reads: string): Permission => ({ ...figures, reads })
const managing: Permission = { needs: 'admin', scope: 'manage' }
const keeping: Permission = { needs: 'analyst', scope: 'manage' }

/** Questions whose answers are lists of people; the others answer with figures. */
const readsOfQuestion = (body: unknown): string | undefined => {
  const { type } = Object(body) as { type?: unknown }
  return type === 'segment' || type === 'funnel_people' ? 'people.searched' : undefined
}

/** Every route of the API and what it takes to call it. A route that is not here does not start. */
export const permissions: Readonly<Record<string, Permission>> = Object.freeze({
  'GET /openapi.json': { needs: 'known' },
  'GET /projects': { needs: 'known' },

  // A write key lets nobody read, but who has it can send.
  'GET /write-keys': managing,
  'GET /overview': figures,
  'POST /query': { ...figures, reads: readsOfQuestion },
  'GET /ledger': { ...figures, everyProject: true },
  'GET /clocks': figures,
  'GET /rejected': { ...reading('rejected.read'), everyProject: true },
  'POST /rejected/:id/replay': managing,
  'POST /rejected/replay': managing,
  'GET /events/:messageId': reading('event.looked_up'),
  'GET /people': reading('people.searched'),
  'GET /people/:profileId': reading('person.opened'),
  'GET /people/:profileId/traits': reading('person.opened'),
  'POST /people/:profileId/unlink': managing,
  'POST /people/:profileId/erase': managing,
  'GET /erasures': managing,
  'GET /people/:profileId/journey': reading('person.opened'),
  'GET /people/:profileId/sessions': reading('person.opened'),
  'GET /sessions': reading('sessions.read'),
  'GET /live': reading('events.read'),
  'GET /live/stream': reading('events.read'),

  // All there is of everybody.
  'GET /export': { needs: 'admin', scope: 'export', reads: 'events.exported' },

  'GET /auth/state': { needs: 'public' },
  'POST /auth/setup': { needs: 'public' },
  'POST /auth/sign-in': { needs: 'public' },
  'POST /auth/refresh': { needs: 'public' },
  'POST /auth/sign-out': { needs: 'public' },
  'POST /auth/sign-out-everywhere': { needs: 'account' },
  'POST /auth/forgot': { needs: 'public' },
  'POST /auth/reset': { needs: 'public' },
  'POST /auth/join': { needs: 'public' },
  'GET /auth/oidc/start': { needs: 'public' },
  'GET /auth/oidc/callback': { needs: 'public' },
  'POST /auth/oidc/code': { needs: 'public' },
  'GET /me': { needs: 'account' },
  'PATCH /me': { needs: 'account' },
  'POST /me/password': { needs: 'account' },
  'POST /me/totp': { needs: 'account' },
  'POST /me/totp/confirm': { needs: 'account' },
  'DELETE /me/totp': { needs: 'account' },

  'POST /projects': { needs: 'owner-somewhere' },
  'DELETE /projects/:project': { needs: 'owner' },
  // Of what they owned: the projects are there for nobody any more.
  'GET /removals': { needs: 'known' },
  'GET /demo': { needs: 'owner-somewhere' },
  'POST /demo': { needs: 'owner-somewhere' },
  'GET /projects/:project': managing,
  'PATCH /projects/:project': managing,
  'GET /projects/:project/write-keys': managing,
  'POST /projects/:project/write-keys': managing,
  'DELETE /projects/:project/write-keys/:key': managing,
  'GET /projects/:project/excludes': managing,
  'POST /projects/:project/excludes': managing,
  'DELETE /projects/:project/excludes/:ruleId': managing,
  'GET /projects/:project/members': managing,
  'PATCH /projects/:project/members/:userId': managing,
  // Whoever is in may leave; the route itself looks whether it is somebody else.
  'DELETE /projects/:project/members/:userId': { needs: 'viewer', scope: 'manage' },
  'GET /projects/:project/invitations': managing,
  'POST /projects/:project/invitations': managing,
  'DELETE /projects/:project/invitations/:invitationId': managing,
  // A key that makes keys could give itself every scope.
  'GET /projects/:project/api-keys': { needs: 'admin' },
  'POST /projects/:project/api-keys': { needs: 'admin' },
  'DELETE /projects/:project/api-keys/:keyId': { needs: 'admin' },
  'GET /projects/:project/audit': managing,

  // What others made the routes themselves keep for admins.
  'GET /projects/:project/reports': figures,
  'POST /projects/:project/reports': keeping,
  'PATCH /projects/:project/reports/:reportId': keeping,
  'DELETE /projects/:project/reports/:reportId': keeping,
  'GET /projects/:project/annotations': figures,
  'POST /projects/:project/annotations': keeping,
  'DELETE /projects/:project/annotations/:annotationId': keeping,
  'GET /projects/:project/shares': keeping,
  'POST /projects/:project/shares': keeping,
  'DELETE /projects/:project/shares/:shareId': keeping,
  // Who opens a link has no account: the routes themselves look at its tokens, which no other route knows.
  'POST /shared/open': { needs: 'public' },
  'POST /shared/query': { needs: 'public' },
  'GET /projects/:project/embed-tokens': keeping,
  'POST /projects/:project/embed-tokens': keeping,
  'DELETE /projects/:project/embed-tokens/:tokenId': keeping,
  'OPTIONS /embed/query': { needs: 'public' },
  'GET /embed/query': { needs: 'public' },
  'POST /embed/query': { needs: 'public' },
} satisfies Record<string, Permission>)
