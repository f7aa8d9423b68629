//! The Model Context Protocol: the same answers as tools for assistants, over standard input and output and over HTTP.
//!
//! Six tools, `ask`, `table`, `search`, `documents`, `document` and `passage`; passages are resources too (`wenbao://passages/{id}`), and what is cited links to
//! them. Arguments that make no sense are results for the assistant to read, not errors of the protocol.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::http::request::Parts;
use rmcp::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData, Implementation,
    ListResourceTemplatesResult, ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult, Resource, ResourceContents, ResourceTemplate, ServerCapabilities,
    ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::{RequestContext, RoleServer, ServiceExt as _};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use wenbao_answer::{Answer, Question, RankedPassage, Restriction, sheet};

use crate::chat::place;
use crate::engine::EngineError;
use crate::error::ApiError;
use crate::http::{App, REQUEST_ID};
use crate::listing::{Listing, Which};
use crate::routes::{find, request_id};
use crate::schemas;

/// Most passages of one call.
const MAX_TOP_K: usize = 50;
/// Most documents of one call.
const MAX_DOCUMENTS: usize = 200;
/// What the URI of a passage begins with.
const PASSAGES: &str = "wenbao://passages/";

/// The tools over an application.
#[derive(Clone)]
pub(crate) struct Tools {
    app: App,
}

/// Why a session over standard input and output ended before its time.
#[derive(Debug, thiserror::Error)]
#[error("the session with the assistant ended: {0}")]
pub struct SessionError(String);

/// Serves one assistant over standard input and output until it leaves.
///
/// # Errors
/// If it says something else than the protocol to begin with.
pub async fn over_stdio(app: App) -> Result<(), SessionError> {
    let (input, output) = rmcp::transport::stdio();
    over_lines(app, input, output).await
}

/// Serves one assistant that writes lines to `input` and reads those of `output`, until it leaves.
///
/// # Errors
/// As [`over_stdio`].
pub async fn over_lines<R, W>(app: App, input: R, output: W) -> Result<(), SessionError>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    match (Tools { app }).serve((input, output)).await {
        Ok(running) => running.waiting().await.map(|_| ()).map_err(|error| SessionError(error.to_string())),
        Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => Ok(()),
        Err(error) => Err(SessionError(error.to_string())),
    }
}

/// Serves assistants over HTTP, without sessions: every request stands alone. Host and origin have been looked at before.
pub(crate) fn over_http(app: &App) -> StreamableHttpService<Tools, NeverSessionManager> {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .disable_allowed_hosts()
        .with_max_request_body_bytes(crate::http::Limits::SMALL_BODY);
    let tools = Tools { app: app.clone() };
    StreamableHttpService::new(move || Ok(tools.clone()), Arc::default(), config)
}

#[derive(Deserialize)]
struct Ask {
    question: String,
    #[serde(default)]
    top_k: Option<usize>,
    #[serde(default)]
    filter: Restriction,
}

#[derive(Deserialize)]
struct Search {
    query: String,
    #[serde(default)]
    top_k: Option<usize>,
    #[serde(default)]
    filter: Restriction,
}

#[derive(Deserialize)]
struct Documents {
    #[serde(flatten)]
    which: Which,
    #[serde(default)]
    offset: usize,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

/// What a tool found: words for the assistant, the same as data, and the passages that it leads to.
struct Found {
    text: String,
    structured: Value,
    passages: Vec<(String, String)>,
}

impl Tools {
    /// Runs a tool. `None` if there is none of that name.
    async fn run(&self, name: &str, arguments: Value) -> Option<Result<Found, ApiError>> {
        Some(match name {
            "ask" => self.ask(arguments, told).await,
            "table" => self.ask(arguments, laid_out).await,
            "search" => self.search(arguments).await,
            "documents" => self.documents(arguments).await,
            "document" => self.document(arguments).await,
            "passage" => match read::<Named>(arguments) {
                Ok(named) => self.passage(named.id).await,
                Err(error) => Err(error),
            },
            _ => return None,
        })
    }

    /// `say` gives the words for the assistant.
    async fn ask(&self, arguments: Value, say: fn(&Answer) -> String) -> Result<Found, ApiError> {
        let ask: Ask = read(arguments)?;
        let question =
            Question { text: ask.question, top_k: top_k(ask.top_k)?, filter: ask.filter, ..Question::default() };
        let engine = self.app.engine.clone();
        let answer = self.app.answer(move || Ok(engine.ask(&question)?)).await?;
        self.app.heard(&answer);
        let cited = answer.citations.iter().filter_map(|citation| answer.passages.get(citation.passage));
        let mut passages: Vec<_> = cited.map(|passage| (passage.id.clone(), place(passage))).collect();
        passages.dedup();
        Ok(Found { text: say(&answer), passages, structured: value(&answer)? })
    }

    async fn search(&self, arguments: Value) -> Result<Found, ApiError> {
        let search: Search = read(arguments)?;
        self.app.searched(&search.query);
        let query = Question { top_k: top_k(search.top_k)?, filter: search.filter, ..Question::new(search.query) };
        let engine = self.app.engine.clone();
        let found = self.app.answer(move || Ok(engine.search(&query)?)).await?.passages;
        let passages = found.iter().map(|passage| (passage.id.clone(), place(passage))).collect();
        Ok(Found { text: listed(&found), passages, structured: json!({ "passages": value(&found)? }) })
    }

    async fn documents(&self, arguments: Value) -> Result<Found, ApiError> {
        let Documents { which, offset } = read(arguments)?;
        let engine = self.app.engine.clone();
        let listed = self.app.answer(move || {
            let listing = Listing::of(engine.documents()?, &which, offset, MAX_DOCUMENTS);
            let titles = listing.documents.iter().map(|d| format!("{} {}", d.id, d.title.as_ref().unwrap_or(&d.path)));
            let text = titles.collect::<Vec<_>>().join("\n");
            Ok(Found { text, structured: value(&listing)?, passages: Vec::new() })
        });
        listed.await
    }

    async fn document(&self, arguments: Value) -> Result<Found, ApiError> {
        let Named { id } = read(arguments)?;
        let engine = self.app.engine.clone();
        let found = self.app.answer(move || find(&*engine, &id)).await?;
        let text = found.title.clone().unwrap_or_else(|| found.path.clone());
        Ok(Found { text, structured: value(&found)?, passages: Vec::new() })
    }

    async fn passage(&self, id: String) -> Result<Found, ApiError> {
        let engine = self.app.engine.clone();
        let asked = id.clone();
        let source = self.app.answer(move || Ok(engine.source(&asked)?)).await?.ok_or_else(|| {
            let message = format!("there is no passage {id}: its document was removed or replaced; ask again");
            ApiError::not_found("passage_not_found", message)
        })?;
        let title = source.passage.document.title.as_ref().unwrap_or(&source.passage.document.path);
        let around = source.before.iter().chain([&source.passage]).chain(&source.after);
        let text = around.map(|passage| passage.text.as_str()).collect::<Vec<_>>().join("\n\n");
        Ok(Found { text: format!("{title}\n\n{text}"), structured: value(&source)?, passages: Vec::new() })
    }
}

impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_resources().build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("wenbao", env!("CARGO_PKG_VERSION")))
            .with_instructions(
                "Answers questions from the Chinese government work reports in its index, with verbatim quotes. Name the year and \
                 the region in the question; say 计划 for a target and 完成 for a result.",
            )
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        // Over HTTP the call runs in a task of its own; its lines in the log have the request's id all the same.
        let id = context.extensions.get::<Parts>().map(|parts| request_id(&parts.headers)).unwrap_or_default();
        let ran = tokio::select! {
            ran = REQUEST_ID.scope(id, self.run(&request.name, arguments)) => ran,
            // Whoever does not want the answer any more does not keep it in the queue.
            () = context.ct.cancelled() => Some(Err(ApiError::busy("the call was cancelled"))),
        };
        let Some(ran) = ran else {
            let message = format!("there is no tool \"{}\"; tools/list names them", request.name);
            return Err(ErrorData::invalid_params(message, None));
        };
        Ok(match ran {
            Ok(found) => {
                let mut result = CallToolResult::structured(found.structured);
                result.content = vec![ContentBlock::text(found.text)];
                let links = found.passages.into_iter().map(|(id, place)| {
                    let resource = Resource::new(format!("{PASSAGES}{id}"), id).with_title(place);
                    ContentBlock::resource_link(resource.with_mime_type("text/plain"))
                });
                result.content.extend(links);
                result
            }
            Err(error) => CallToolResult::error(vec![ContentBlock::text(error.message())]),
        }
        .into())
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let template = ResourceTemplate::new(format!("{PASSAGES}{{id}}"), "passage")
            .with_title("A passage of a report, with what stands around it")
            .with_mime_type("text/plain");
        Ok(ListResourceTemplatesResult::with_all_items(vec![template]))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let unknown = |message: String| ErrorData::resource_not_found(message, None);
        let id = request.uri.strip_prefix(PASSAGES);
        let id = id.ok_or_else(|| unknown(format!("{} is no passage: it would begin with {PASSAGES}", request.uri)))?;
        let found = self.passage(id.to_owned()).await.map_err(|error| unknown(error.message().to_owned()))?;
        Ok(ReadResourceResult::new(vec![ResourceContents::text(found.text, request.uri)]).into())
    }
}

fn tools() -> Vec<Tool> {
    let top_k =
        json!({ "type": "integer", "minimum": 1, "maximum": MAX_TOP_K, "description": "How many passages to return" });
    let filter = schemas::inline("Restriction");
    let text = |description: &str| json!({ "type": "string", "description": description });
    let tool = |name: &'static str,
                title: &str,
                description: &'static str,
                inputs: Value,
                needed: &[&str],
                output: Map<String, Value>| {
        let mut input = Map::new();
        input.insert("type".into(), json!("object"));
        input.insert("properties".into(), inputs);
        input.insert("required".into(), json!(needed));
        let hints = ToolAnnotations::with_title(title).read_only(true).open_world(false);
        Tool::new(name, description, Arc::new(input))
            .with_title(title)
            .with_raw_output_schema(Arc::new(output))
            .with_annotations(hints)
    };
    let many = |name: &str| json!({ "type": "array", "items": schemas::reference(name) });
    let any = || json!({ "type": "array", "items": { "type": "object" } });
    let object = || json!({ "type": "object" });
    let map = |value: Value| value.as_object().cloned().unwrap_or_default();
    vec![
        tool(
            "ask",
            "Ask the reports",
            "Answer a question from government work reports: a short exact answer with the sentences that prove it, or a clear \
             statement that the reports do not say it.",
            json!({
                "question": text("The question, in Chinese, English, Japanese, Korean or Russian"),
                "top_k": top_k, "filter": filter,
            }),
            &["question"],
            schemas::whole("Answer"),
        ),
        tool(
            "table",
            "Lay out many reports",
            "Answer a question over many reports as a table: every province's target of a year, a place's results over the years, the \
             largest of them. Each number comes with its sentence. A question over one report is answered as by ask, without a table.",
            json!({
                "question": text("The question, in Chinese: 各省2026年经济增长目标, 山西历年城镇新增就业"),
                "filter": filter,
            }),
            &["question"],
            schemas::whole("Answer"),
        ),
        tool(
            "search",
            "Search the reports",
            "Find the passages of government work reports that are nearest to a query.",
            json!({ "query": text("What to look for"), "top_k": top_k, "filter": filter }),
            &["query"],
            schemas::object(json!({ "passages": many("RankedPassage") })),
        ),
        tool(
            "documents",
            "List the reports",
            "List the reports in the index, at most 200 at a time.",
            json!({
                "region": text("Only those about this region"),
                "year": { "type": "integer", "description": "Only those whose plan is for this year" },
                "doc_type": schemas::inline("DocumentKind"),
                "q": text("Only those whose title or path holds this"),
                "offset": { "type": "integer", "minimum": 0, "description": "How many to leave out at the beginning" },
            }),
            &[],
            schemas::object(json!({
                "documents": any(), "total": { "type": "integer" }, "next_offset": { "type": ["integer", "null"] },
            })),
        ),
        tool(
            "document",
            "Show a report",
            "What the index knows of one report: title, date, region, year.",
            json!({ "id": text("Its id, as documents lists it") }),
            &["id"],
            map(object()),
        ),
        tool(
            "passage",
            "Show a passage",
            "A passage of a report with what stands before and after it.",
            json!({ "id": text("Its id, as ask and search give it") }),
            &["id"],
            schemas::object(
                json!({ "passage": object(), "before": any(), "after": any(), "file": { "type": "string" } }),
            ),
        ),
    ]
}

/// The arguments of a call.
fn read<T: DeserializeOwned>(arguments: Value) -> Result<T, ApiError> {
    serde_path_to_error::deserialize(arguments)
        .map_err(|error| ApiError::misread("the arguments are not what the tool takes", &error))
}

fn value(of: &impl serde::Serialize) -> Result<Value, ApiError> {
    serde_json::to_value(of).map_err(|error| EngineError::Failed(format!("a result that is no JSON: {error}")).into())
}

/// 0 stands for the answerer's default.
fn top_k(given: Option<usize>) -> Result<usize, ApiError> {
    match given {
        None => Ok(0),
        Some(n) if (1..=MAX_TOP_K).contains(&n) => Ok(n),
        Some(n) => Err(ApiError::invalid(Some("top_k"), format!("\"top_k\" is {n}; it can be 1 to {MAX_TOP_K}"))),
    }
}

/// The answer with its proofs, as plain text.
fn told(answer: &Answer) -> String {
    let mut out = if answer.text.is_empty() { answer.reason.clone().unwrap_or_default() } else { answer.text.clone() };
    for citation in &answer.citations {
        if let Some(passage) = answer.passages.get(citation.passage) {
            // Writing to a String cannot fail.
            let _ = write!(out, "\n[{}] {}: “{}”", citation.n, place(passage), citation.quote);
        }
    }
    out
}

/// The answer with its table as comma-separated values, where it has one.
fn laid_out(answer: &Answer) -> String {
    match &answer.table {
        Some(_) => format!("{}\n\n{}", answer.text, sheet::csv(&sheet::rows(answer)).trim_start_matches('\u{feff}')),
        None => told(answer),
    }
}

fn listed(passages: &[RankedPassage]) -> String {
    passages.iter().map(|passage| format!("{}\n{}", place(passage), passage.text)).collect::<Vec<_>>().join("\n\n")
}
