/*
 * Instance data from a cloud's metadata service: Amazon EC2 (with the tokens of IMDSv2), Google Compute Engine and
 * OpenStack. Asked when `coracle.metadata=` says which it is, or when the machine's maker is one of the first two:
 * elsewhere a request to this address would be a surprise, and its time-out a delay.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <coracle/log.h>
#include <coracle/options.h>
#include <platform.h>

#include "../cloud/cloud.h"
#include "../instance.h"
#include "fetch.h"

#define SERVICE_TIME   5000000000ull /* ns, for all requests together, once there is an address */
#define TOKEN_MAX      256u
#define REQUEST_MAX    512u
#define NAME_MAX_BYTES 255u

static const struct instance_source source = {INSTANCE_METADATA, "metadata service"};

struct session {
        uint64_t deadline;
        char header[TOKEN_MAX + 64]; /* of each request, with its end; or empty */
        bool failed;                 /* something was wrong, and has been said */
};

static const char *text_of(int error)
{
        switch (error) {
        case -ETIMEDOUT:
                return "no answer within 5 s";
        case -ECONNREFUSED:
                return "nothing listens there";
        case -ECONNRESET:
                return "the connection broke";
        case -EHOSTUNREACH:
                return "there is no route to it";
        case -EMSGSIZE:
                return "the answer is too large";
        case -EPROTO:
                return "the answer is not one of HTTP";
        default:
                return "no memory";
        }
}

/* The body of the answer, NUL-terminated, for the caller to free; NULL: there is none, *status says why. */
static char *ask(struct session *session, const char *method, const char *path, const char *header, size_t *bytes,
                 unsigned *status)
{
        char request[REQUEST_MAX];
        struct http_reply reply;
        int error;
        *status = 0;
        if (session->failed)
                return NULL;
        format_text(request, sizeof(request),
                    "%s %s HTTP/1.0\r\nHost: 169.254.169.254\r\nUser-Agent: Coracle\r\nConnection: close\r\n%s\r\n",
                    method, path, header);
        char *data = fetch(request, session->deadline, &reply, &error);
        if (data == NULL) {
                log_warning("instance", "%s: 169.254.169.254%s: %s; it is left alone", source.name, path,
                            text_of(error));
                session->failed = true;
                return NULL;
        }
        *status = reply.status;
        char *body = reply.status == 200 ? malloc(reply.bytes + 1) : NULL;
        if (body != NULL) {
                memcpy(body, reply.body, reply.bytes);
                body[reply.bytes] = '\0';
                *bytes = reply.bytes;
        }
        free(data);
        return body;
}

/* Gets a document. What the service does not have (404) is not missed; other answers are told. */
static char *get(struct session *session, const char *path, size_t *bytes)
{
        unsigned status;
        char *body = ask(session, "GET", path, session->header, bytes, &status);
        if (body == NULL && status != 404 && !session->failed)
                log_warning("instance", "%s: 169.254.169.254%s: %s %u; it is ignored", source.name, path,
                            status == 200 ? "no memory for an answer of" : "the answer is", status);
        return body;
}

/* A document that is one word. NULL: there is none. */
static char *get_word(struct session *session, const char *path)
{
        size_t bytes;
        char *body = get(session, path, &bytes);
        if (body == NULL)
                return NULL;
        body[strcspn(body, " \t\r\n")] = '\0';
        if (*body != '\0' && strlen(body) <= NAME_MAX_BYTES)
                return body;
        free(body);
        return NULL;
}

static void take_names(struct session *session, const char *id_path, const char *name_path)
{
        char *id = get_word(session, id_path), *name = get_word(session, name_path);
        if (id != NULL)
                instance_keep_id(id);
        if (name != NULL)
                instance_hostname(&source, name);
        free(id);
        free(name);
}

static void take_document(struct session *session, const char *path,
                          void (*fn)(const struct instance_source *source, const char *text, size_t bytes))
{
        size_t bytes;
        char *body = get(session, path, &bytes);
        if (body != NULL)
                fn(&source, body, bytes);
        free(body);
}

/* Whether it is what a header can carry. */
static bool is_token(const char *token)
{
        const size_t length = strlen(token);
        for (size_t i = 0; i < length; i++) {
                if (token[i] <= ' ' || token[i] > '~')
                        return false;
        }
        return length != 0 && length < TOKEN_MAX;
}

/* Version 2 of the service wants a token in each request; where there is only version 1, there are none to be had. */
static void get_token(struct session *session)
{
        size_t bytes;
        unsigned status;
        char *token = ask(session, "PUT", "/latest/api/token",
                          "X-aws-ec2-metadata-token-ttl-seconds: 60\r\nContent-Length: 0\r\n", &bytes, &status);
        if (token != NULL && is_token(token))
                format_text(session->header, sizeof(session->header), "X-aws-ec2-metadata-token: %s\r\n", token);
        else if (token != NULL)
                log_warning("instance", "%s: the token it gave is none; going on without", source.name);
        free(token);
}

static void ask_ec2(struct session *session)
{
        get_token(session);
        take_names(session, "/latest/meta-data/instance-id", "/latest/meta-data/local-hostname");
        take_document(session, "/latest/user-data", cloud_user_data);
}

static void ask_gce(struct session *session)
{
        format_text(session->header, sizeof(session->header), "Metadata-Flavor: Google\r\n");
        take_names(session, "/computeMetadata/v1/instance/id", "/computeMetadata/v1/instance/hostname");
        take_document(session, "/computeMetadata/v1/instance/attributes/user-data", cloud_user_data);
}

static void ask_openstack(struct session *session)
{
        take_document(session, "/openstack/latest/meta_data.json", cloud_meta_data);
        take_document(session, "/openstack/latest/user_data", cloud_user_data);
}

static const struct cloud {
        char name[10];
        char maker[PLATFORM_MAKER_NAME]; /* of its machines, where it is told from others */
        void (*ask)(struct session *session);
} clouds[] = {{"ec2", "AMAZON", ask_ec2}, {"gce", "Google", ask_gce}, {"openstack", "", ask_openstack}};
#define CLOUDS (sizeof(clouds) / sizeof(clouds[0]))

/* The cloud whose service is to be asked, or NULL. */
static const struct cloud *choose(void)
{
        char maker[PLATFORM_MAKER_NAME] = "";
        struct instance_shown shown;
        const char *wanted = option_get("metadata");
        if (wanted == NULL)
                platform_maker(maker);
        for (unsigned i = 0; i < CLOUDS; i++) {
                if (wanted != NULL ? strcmp(wanted, clouds[i].name) == 0
                                   : maker[0] != '\0' && strcmp(maker, clouds[i].maker) == 0)
                        return &clouds[i];
        }
        if (wanted != NULL && strcmp(wanted, "none") != 0)
                log_warning("instance", "coracle.metadata=%s is not ec2, gce, openstack or none; it is ignored",
                            instance_shown(wanted, &shown));
        return NULL;
}

void instance_metadata(void)
{
        const struct cloud *cloud = fetch_is_possible() ? choose() : NULL;
        if (cloud == NULL)
                return;
        if (fetch_wait_configured() != 0) {
                log_warning("instance", "%s: the network has no address; it is left alone", source.name);
                return;
        }
        struct session session = {.deadline = platform_clock_monotonic() + SERVICE_TIME};
        cloud->ask(&session);
        instance_apply();
}
