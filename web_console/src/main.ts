// Starts the console.
import 'element-plus/es/components/base/style/css'
import './styles/tokens.css'
import './styles/page.css'
import './styles/element.css'
import './styles/desk.css'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { usePreferences } from './bind/preferences'
import { i18n } from './text/text'
import App from './views/App.vue'
import { router } from './views/routes'

const app = createApp(App)
app.use(createPinia())
app.use(i18n)
usePreferences() // the theme and the language stand before the first picture
app.use(router)
app.mount('#app')
