# A LangGraph agent: a model node and a tool node that take turns. PROVIDER says which chat model class of LangChain it is built on.
import os

from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

from desk import heard, lookup, model, prompt, report

chat = ChatAnthropic(model=model) if os.environ.get("PROVIDER") == "anthropic" else ChatOpenAI(model=model)
bound = chat.bind_tools([lookup])
builder = StateGraph(MessagesState)
builder.add_node("agent", lambda state: {"messages": [bound.invoke(state["messages"])]})
builder.add_node("tools", ToolNode([lookup]))
builder.add_edge(START, "agent")
builder.add_conditional_edges("agent", tools_condition)
builder.add_edge("tools", "agent")
last = ""
for mode, event in builder.compile().stream({"messages": [{"role": "user", "content": prompt}]}, stream_mode=["messages", "values"]):
    if mode == "values":
        last = str(event["messages"][-1].text)
    elif event[1]["langgraph_node"] == "agent":
        heard(str(event[0].text))
report(last)
