import { createRequire } from 'node:module'
import { Resvg } from '@resvg/resvg-js'
import { init } from 'echarts'

const require = createRequire(import.meta.url)
/** What a picture names; where a reader has no Inter, the next one takes its place. */
const FAMILY = "Inter, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif"
/** Handed over as files, so that a picture of points has its text on a machine without any font, too. */
const fontFiles = ['400Regular/Inter_400Regular.ttf', '700Bold/Inter_700Bold.ttf'].map((file) =>
  require.resolve(`@expo-google-fonts/inter/${file}`),
)
/** Points of a PNG in each of the SVG's. */
const DENSITY = 2

/** @typedef {{ option: any, width: number, height: number }} Picture */

/**
 * @param {Picture} picture
 * @returns {string} SVG, transparent
 */
export function toSvg({ option, width, height }) {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  chart.setOption({
    backgroundColor: 'transparent',
    animation: false,
    textStyle: { fontFamily: FAMILY },
    ...option,
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return numbered(svg)
}

/**
 * @param {string} svg
 * @param {string} ground its background
 * @returns {Buffer} PNG
 */
export function toPng(svg, ground) {
  const font = { fontFiles, loadSystemFonts: false, defaultFontFamily: 'Inter' }
  return new Resvg(svg, { font, background: ground, fitTo: { mode: 'zoom', value: DENSITY } }).render().asPng()
}

/**
 * ECharts counts its identifiers on through the life of the process; the same figures shall make the same file.
 *
 * @param {string} svg
 */
function numbered(svg) {
  /** @type {Map<string, string>} */
  const names = new Map()
  return svg.replace(/\bzr\d+-[a-z]+-?\d+/g, (name) => {
    const known = names.get(name) ?? `n${names.size}`
    names.set(name, known)
    return known
  })
}
