/* desk.c - a service desk: tickets that are enriched and commented on. */
#include "retail-sim/world.h"

static bool admit(struct world *world, struct call *call)
{
	(void)world;
	return str_is(call->authorization, "Bearer sim-token") ||
	       call_problem(call, 401, "no-token",
			    "send Authorization: Bearer sim-token");
}

static struct thing *ticket(struct world *world, struct call *call)
{
	return world_part(world, call, 0, KIND_TICKET, "ticket");
}

static void read_ticket(struct world *world, struct call *call)
{
	struct thing *thing = ticket(world, call);

	if (thing)
		world_show(call, 200, thing);
}

static void put_member(struct world *world, struct call *call,
		       const char *member)
{
	struct thing *thing = ticket(world, call);

	if (!thing)
		return;
	thing_set_doc(&world->books, thing,
		      world_with_member(call, thing->doc, member,
					call_json(call, 0)));
	thing_set_key(&world->books, thing, call->key);
	thing->writes++;
	world_effect(world, call, thing->name[BY_ID]);
	world_show(call, 200, thing);
}

static void put_fields(struct world *world, struct call *call)
{
	put_member(world, call, "fields");
}

static void put_enrichment(struct world *world, struct call *call)
{
	put_member(world, call, "enrichment");
}

static void add_comment(struct world *world, struct call *call)
{
	struct thing *on = ticket(world, call), *comment;
	struct str name[BYS] = {{NULL, 0}};
	uint32_t text;

	if (!on)
		return;
	text = json_member(&call->doc, 0, STR("body"));
	if (!text || call->doc.nodes[text].kind != JSON_STRING) {
		call_problem(call, 400, "bad-body", "/body: wants a text");
		return;
	}
	if (!call_text_or(call, 0, "reference", name[BY_REFERENCE],
			  &name[BY_REFERENCE]))
		return;
	name[BY_PARENT] = on->name[BY_ID];
	comment = books_add(&world->books, KIND_COMMENT, name,
			    call_json(call, 0));
	thing_set_key(&world->books, comment, call->key);
	comment->writes = 1;
	on->writes++;
	world_effect(world, call, on->name[BY_ID]);
	world_show(call, 201, comment);
}

static void list_comments(struct world *world, struct call *call)
{
	struct thing *thing = ticket(world, call);

	if (thing)
		world_list(world, call, "comments", KIND_COMMENT, BY_PARENT,
			   thing->name[BY_ID]);
}

static const struct operation operations[] = {
	{
		.name = "get-ticket",
		.method = "GET",
		.path = "/desk/tickets/{id}",
		.run = read_ticket,
	},
	{
		.name = "put-fields",
		.method = "PUT",
		.path = "/desk/tickets/{id}/fields",
		.run = put_fields,
		.body = BODY_JSON,
		.writes = true,
	},
	{
		.name = "put-enrichment",
		.method = "PUT",
		.path = "/desk/tickets/{id}/enrichment",
		.run = put_enrichment,
		.body = BODY_JSON,
		.writes = true,
	},
	{
		.name = "add-comment",
		.method = "POST",
		.path = "/desk/tickets/{id}/comments",
		.run = add_comment,
		.body = BODY_JSON,
		.writes = true,
	},
	{
		.name = "list-comments",
		.method = "GET",
		.path = "/desk/tickets/{id}/comments",
		.run = list_comments,
	},
	{.name = NULL},
};

const struct system desk_system = {
	.name = "desk",
	.operations = operations,
	.admit = admit,
	.id = SYSTEM_DESK,
};
