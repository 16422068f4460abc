/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quic_frames.h - the frames of a decrypted Initial; only CRYPTO is of interest.
 */
#ifndef DISSECT_QUIC_FRAMES_H
#define DISSECT_QUIC_FRAMES_H

#include "dissect/quic_assembly.h"

/* Adds the CRYPTO frames of a packet to the stream, up to the first frame that an Initial cannot hold (RFC 9000 12.4).
 * `google` selects Google QUIC's frame types (Q050, T050, T051). */
void quic_frames_read(struct slice plain, bool google, struct quic_assembly *out);

#endif
