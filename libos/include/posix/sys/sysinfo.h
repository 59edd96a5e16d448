/* Linux's sysinfo(2) and the number of processors. */
#ifndef _SYS_SYSINFO_H
#define _SYS_SYSINFO_H

#ifdef __cplusplus
extern "C" {
#endif

struct sysinfo {
        long uptime;            /* seconds */
        unsigned long loads[3]; /* not measured: 0 */
        unsigned long totalram; /* in units of mem_unit, as the others */
        unsigned long freeram;
        unsigned long sharedram;
        unsigned long bufferram;
        unsigned long totalswap;
        unsigned long freeswap;
        unsigned short procs; /* threads */
        unsigned long totalhigh;
        unsigned long freehigh;
        unsigned mem_unit;
};

int sysinfo(struct sysinfo *info);
int get_nprocs(void);
int get_nprocs_conf(void);

#ifdef __cplusplus
}
#endif

#endif
