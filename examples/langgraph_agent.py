"""A LangGraph agent with tools, in a session of several turns.

The callback handler makes a trace of every turn: the graph, its nodes, model calls and tools.
See examples/README.md for how to run it.
"""

from __future__ import annotations

import ast
import json
import operator
from typing import Any

import needs_model
import pandaprobe
from langchain_core.messages import AnyMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from pandaprobe.integrations.langgraph import LangGraphCallbackHandler

MODEL = "gpt-4o-mini"
QUESTIONS = [
    "Hello, my name is Ada.",
    "What is the status of my order A-1234?",
    "What is the weather in Paris and Berlin?",
    "Please calculate 17 * (3 + 4).",
    "What is the status of my order Z-9999?",
    "Thank you! What is my name?",
]
ORDERS = {"A-1234": {"status": "shipped", "expected": "tomorrow"}}
SKIES = {"Paris": "sunny", "Berlin": "cloudy"}
OPERATORS: dict[type, Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
}


@tool
def order_status(order_id: str) -> str:
    """Tells the status of an order."""
    if order_id not in ORDERS:
        raise LookupError(f"there is no order {order_id}")
    return json.dumps({"order": order_id, **ORDERS[order_id]})


@tool
def get_weather(city: str) -> str:
    """Tells the weather in a city."""
    return json.dumps({"city": city, "sky": SKIES.get(city, "unknown")})


@tool
def calculate(expression: str) -> str:
    """Calculates an arithmetic expression."""
    return str(_value(ast.parse(expression, mode="eval").body))


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.BinOp(left, op, right) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_value(left), _value(right))
        case ast.UnaryOp(op, operand) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_value(operand))
    raise ValueError("only numbers and + - * / ( ) are known")


def tool_error(error: Exception) -> str:
    """What the model is told when a tool fails."""
    return f"Error: {error}"


def build() -> Any:
    """The graph: a model that calls tools until it knows the answer."""
    tools = [order_status, get_weather, calculate]
    model = ChatOpenAI(model=MODEL, temperature=0).bind_tools(tools)

    def agent(state: MessagesState) -> dict[str, list[AnyMessage]]:
        return {"messages": [model.invoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("agent", agent)
    graph.add_node("tools", ToolNode(tools, handle_tool_errors=tool_error))
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", tools_condition)
    graph.add_edge("tools", "agent")
    return graph.compile(checkpointer=InMemorySaver(), name="support-agent")


def main() -> None:
    """Holds a conversation; the graph remembers it by its thread, PandaProbe by its session."""
    needs_model.check()
    agent = build()
    config = {"callbacks": [LangGraphCallbackHandler(tags=["example"])], "configurable": {"thread_id": "1"}}
    with pandaprobe.session("support-4711", name="Ada's orders"), pandaprobe.user("user-abc"):
        for question in QUESTIONS:
            state = agent.invoke({"messages": [{"role": "user", "content": question}]}, config)
            print(f"{question}\n  {state['messages'][-1].content}")
    pandaprobe.flush()


if __name__ == "__main__":
    main()
