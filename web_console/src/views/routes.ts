// Where one can go; everything but the sign-in page needs somebody who is signed in.
import { createRouter, createWebHistory } from 'vue-router'
import { useSession } from '@/bind/session_store'
import type { TextKey } from '@/text/text'
import SignInView from './SignInView.vue'
import WallView from './WallView.vue'

declare module 'vue-router' {
  interface RouteMeta {
    title?: TextKey
    /** May be seen without signing in. */
    open?: boolean
    /** Only for who may do this. */
    action?: string
    /** May be seen with an invitation in the address. */
    invited?: boolean
  }
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: () => import('./LostView.vue') },
    { path: '/sign-in', component: SignInView, meta: { title: 'signIn.title', open: true } },
    { path: '/wall', component: WallView, meta: { title: 'wall.title', action: 'stream.list' } },
    { path: '/enforcements', component: () => import('./EnforcementsView.vue'), meta: { title: 'enforcements.title', action: 'enforcement.list' } },
    { path: '/enforcements/:id', component: () => import('./EnforcementView.vue'), props: true, meta: { title: 'enforcements.one', action: 'enforcement.list' } },
    { path: '/cases', component: () => import('./CasesView.vue'), meta: { title: 'cases.title', action: 'case.list' } },
    { path: '/cases/:id', component: () => import('./CaseView.vue'), props: true, meta: { title: 'cases.one', action: 'case.list' } },
    { path: '/recordings', component: () => import('./RecordingsView.vue'), meta: { title: 'search.title', action: 'recording.search' } },
    { path: '/recordings/:id', redirect: (to) => `/play/${String(to.params['id'])}` },
    { path: '/play/enforcement/:enforcement', component: () => import('./PlayerView.vue'), props: true, meta: { title: 'player.title', action: 'viewing.open' } },
    { path: '/play/:recording', component: () => import('./PlayerView.vue'), props: true, meta: { title: 'player.title', action: 'viewing.open' } },
    { path: '/exports/:tab(mine|waiting|approved|derivatives|new)?', component: () => import('./ExportsView.vue'), props: true, meta: { title: 'exports.title', action: 'export.list' } },
    { path: '/retention/:tab(holds|policy|destructions|storage)?', component: () => import('./RetentionView.vue'), props: true, meta: { title: 'retention.title', action: 'hold.list' } },
    { path: '/publish', component: () => import('./PublishView.vue'), meta: { title: 'publish.title', action: 'stream.publish', invited: true } },
    { path: '/account', component: () => import('./AccountView.vue'), meta: { title: 'account.title' } },
    { path: '/terminals', component: () => import('./TerminalsView.vue'), meta: { title: 'terminals.title', action: 'device.list' } },
    { path: '/organisation/:tab(departments|officers|items|delegations|files)?', component: () => import('./OrganisationView.vue'), props: true, meta: { title: 'organisation.title', action: 'org.read' } },
    { path: '/people/:tab(accounts|permits|recoveries)?', component: () => import('./PeopleView.vue'), props: true, meta: { title: 'people.title', action: 'person.list' } },
    { path: '/ledger', component: () => import('./LedgerView.vue'), meta: { title: 'ledger.title', action: 'ledger.search' } },
    { path: '/:rest(.*)*', component: () => import('./LostView.vue'), meta: { title: 'lost.title', open: true } },
  ],
})

router.beforeEach(async (to) => {
  if (to.meta.open === true || (to.meta.invited === true && to.hash.includes('token='))) return true
  const session = useSession()
  if (!session.asked) {
    try {
      await session.ask()
    } catch {
      return { path: '/sign-in', query: { next: to.fullPath, trouble: '1' } }
    }
  }
  if (!session.signedIn) return { path: '/sign-in', query: to.path === '/' ? {} : { next: to.fullPath } }
  const refused = to.meta.action !== undefined && !session.may(to.meta.action)
  return (to.path !== '/' && !refused) || session.home
})
