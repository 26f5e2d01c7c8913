/* A recording made here: a tone that rises slowly, so that no two seconds are alike. Mono, 16 bits, 8 kHz. */
const RATE = 8000;

/* The bytes of a WAV file of so many seconds. */
export function wav(seconds) {
    const samples = Math.round(seconds * RATE);
    const bytes = Buffer.alloc(44 + samples * 2);
    bytes.write("RIFF", 0);
    bytes.writeUInt32LE(36 + samples * 2, 4);
    bytes.write("WAVEfmt ", 8);
    bytes.writeUInt32LE(16, 16);
    bytes.writeUInt16LE(1, 20); /* PCM */
    bytes.writeUInt16LE(1, 22);
    bytes.writeUInt32LE(RATE, 24);
    bytes.writeUInt32LE(RATE * 2, 28);
    bytes.writeUInt16LE(2, 32);
    bytes.writeUInt16LE(16, 34);
    bytes.write("data", 36);
    bytes.writeUInt32LE(samples * 2, 40);
    for (let i = 0; i < samples; i++)
        bytes.writeInt16LE(Math.round(6000 * Math.sin(i * (0.1 + i / samples / 4))), 44 + i * 2);
    return bytes;
}
