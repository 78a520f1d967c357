import { URLPattern } from 'urlpattern-polyfill/urlpattern'
import { platformClass } from './platform.js'

// A helper of the package's own.
Reflect.deleteProperty(URLPattern, 'compareComponent')
platformClass(URLPattern, 'URLPattern')

export { URLPattern }
