/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp_data.h - joins FTP's control connections with the data connections that they announce (RFC 959, 2428): two flows, perhaps of two
 * workers, become one observation when both are known, in either order.
 */
#ifndef ANALYSIS_FTP_DATA_H
#define ANALYSIS_FTP_DATA_H

#include "sensor_plugin.h"

struct ftp_data;

/* At most `most` data connections are awaited at once; the one announced longest ago gives way. NULL without memory. */
struct ftp_data *ftp_data_new(uint32_t most);
void ftp_data_free(struct ftp_data *f);

/* Any observation. The file that it completes, valid until the next call; NULL: none. */
const struct observation *ftp_data_see(struct ftp_data *f, const struct observation *o);

/* How many gave way. */
uint64_t ftp_data_lost(const struct ftp_data *f);

#endif
