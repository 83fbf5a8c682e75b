"""Routers against torch's own top-k, autograd and hand-worked loads."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from nophantom.llm.lab.routing import auxiliary_loss, best, load_of, move_bias, route, route_backward
from nophantom.llm.recipe import Schedule

SCHEDULE = Schedule(load_balance=0.3, z_loss=0.2)


def scores(seeds: int = 2, experts: int = 5, rows: int = 7) -> Tensor:
    return torch.randn(seeds, experts, rows, generator=torch.Generator().manual_seed(experts))


@given(experts=st.integers(1, 9), data=st.data())
def test_the_best_are_those_of_topk(experts: int, data: st.DataObject) -> None:
    top_k = data.draw(st.integers(1, experts))
    some = scores(experts=experts)
    assert torch.equal(best(some, top_k), some.topk(top_k, dim=1).indices)


@pytest.mark.parametrize("top_k", [2, 3])
@pytest.mark.parametrize("bias", [None, torch.full((2, 5), 0.1)])
def test_weights_of_the_chosen_sum_to_one(bias: Tensor | None, top_k: int) -> None:
    weights = route(scores(), bias, top_k).weights
    assert torch.allclose(weights.sum(1), torch.ones(2, 7))
    assert (weights > 0).all()


def test_a_lone_choice_keeps_its_share_so_that_the_router_learns() -> None:
    some = scores()
    assert torch.allclose(route(some, None, 1).weights, some.softmax(1).amax(1, keepdim=True))
    assert torch.allclose(route(some, torch.zeros(2, 5), 1).weights, some.sigmoid().amax(1, keepdim=True))


def test_the_bias_counts_for_the_choice_and_not_for_the_weight() -> None:
    some = torch.tensor([[[2.0], [1.0], [-1.0]]])
    bias = torch.tensor([[0.0, 0.0, 5.0]])
    routing = route(some, bias, 2)
    assert routing.chosen.flatten().tolist() == [2, 0]
    chosen = torch.tensor([-1.0, 2.0]).sigmoid()
    assert torch.allclose(routing.weights.flatten(), chosen / chosen.sum())


def test_load_is_the_share_of_all_choices() -> None:
    chosen = torch.tensor([[[0, 0, 1], [1, 2, 2]], [[0, 0, 0], [1, 1, 1]]])
    assert torch.allclose(load_of(chosen, 3), torch.tensor([[2, 2, 2], [3, 3, 0]]) / 6)


def test_an_even_load_costs_one_and_a_lopsided_one_up_to_the_number_of_experts() -> None:
    schedule = Schedule(load_balance=1.0, z_loss=0.0)
    even = torch.tensor([[[9.0, -9.0], [-9.0, 9.0]]])
    lopsided = torch.tensor([[[9.0, 9.0], [-9.0, -9.0]]])
    for some, cost in ((even, 1.0), (lopsided, 2.0)):
        routing = route(some, None, 1)
        assert auxiliary_loss(routing, load_of(routing.chosen, 2), schedule).item() == pytest.approx(cost)


@pytest.mark.parametrize("top_k", [1, 2, 5])
@pytest.mark.parametrize("balanced", [False, True])
def test_the_derivative_is_that_of_autograd(balanced: bool, top_k: int) -> None:
    leaf = scores().requires_grad_()
    bias = torch.full((2, 5), 0.1) if balanced else None
    routing = route(leaf.detach(), bias, top_k)
    load = None if balanced else load_of(routing.chosen, 5)
    by_weights = torch.randn(routing.weights.shape, generator=torch.Generator().manual_seed(3))

    if balanced:
        weights = leaf.sigmoid().gather(1, routing.chosen)
        weights = weights if top_k == 1 else weights / weights.sum(1, keepdim=True)
    elif top_k == 1:
        weights = leaf.softmax(1).gather(1, routing.chosen)
    else:
        weights = leaf.gather(1, routing.chosen).softmax(1)
    total = (weights * by_weights).sum()
    if load is not None:
        balance = 5 * (load * leaf.softmax(1).mean(-1)).sum()
        total = total + 0.3 * balance + 0.2 * leaf.logsumexp(1).square().mean(-1).sum()
    total.backward()  # type: ignore[no-untyped-call]

    assert leaf.grad is not None
    assert torch.allclose(routing.weights, weights.detach(), atol=1e-6)
    assert torch.allclose(route_backward(routing, load, by_weights, SCHEDULE), leaf.grad, atol=1e-6)


def test_the_bias_moves_against_the_load() -> None:
    bias = torch.zeros(1, 4)
    move_bias(bias, torch.tensor([[0.5, 0.25, 0.25, 0.0]]), 0.01)
    assert torch.allclose(bias, torch.tensor([[-0.01, 0.0, 0.0, 0.01]]))
