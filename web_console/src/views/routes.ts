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
    /** May be seen with an invitation in the address. */
    invited?: boolean
  }
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', redirect: '/wall' },
    { path: '/sign-in', component: SignInView, meta: { title: 'signIn.title', open: true } },
    { path: '/wall', component: WallView, meta: { title: 'wall.title' } },
    { path: '/recordings', component: () => import('./RecordingsView.vue'), meta: { title: 'recordings.title' } },
    { path: '/recordings/:id', component: () => import('./PlayerView.vue'), props: true, meta: { title: 'player.title' } },
    { path: '/publish', component: () => import('./PublishView.vue'), meta: { title: 'publish.title', invited: true } },
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
  return session.signedIn || { path: '/sign-in', query: { next: to.fullPath } }
})
