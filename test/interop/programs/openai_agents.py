# The OpenAI Agents SDK. API says which of the two APIs it speaks; its own default is the Responses API.
import asyncio
import os

from agents import Agent, Runner, function_tool, set_default_openai_api, set_tracing_disabled

from desk import heard, lookup, model, prompt, report

set_tracing_disabled(True)
if "API" in os.environ:
    set_default_openai_api(os.environ["API"])


async def main() -> None:
    agent = Agent(name="desk", model=model, instructions="You look words up.", tools=[function_tool(lookup)])
    result = Runner.run_streamed(agent, prompt)
    async for event in result.stream_events():
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            heard(event.data.delta)
    report(result.final_output)


asyncio.run(main())
