"""Modules that tests publish."""


def sdl(
    field: str = "bike", *, unit: str = "rides", type_name: str = "Bike", more: str = "", header: str = ""
) -> str:
    """A module with one root field and one type, owned by `unit`."""
    return f'''
extend schema
  @owner(unit: "{unit}")
  @source(name: "api", http: {{ baseURL: "http://127.0.0.1:9001" {header} }})
type Query {{
  {field}(id: ID!): {type_name}
    @connect(source: "api", http: {{ GET: "/{field}/{{$args.id}}" }}, selection: "id name")
}}
type {type_name} {{ id: ID! name: String {more} }}
'''


SECRET_HEADER = 'headers: [{ name: "x-key", value: "{$config.key}" }]'
