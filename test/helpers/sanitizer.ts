/** The suite runs on an addon with AddressSanitizer. */
export const sanitized: boolean = process.env['ISOLATES_SANITIZER'] !== undefined

/** Bytes that AddressSanitizer keeps after they were freed, so that their use would show: they count as resident. */
export const quarantine: number = sanitized ? 256 * 2 ** 20 : 0
